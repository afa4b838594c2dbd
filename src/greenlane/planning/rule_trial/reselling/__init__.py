"""What a reseller of places earns under some rules, on the trial's wishes. Pure: no Django, no database."""
