"""Addresses of the driver's and the dispatcher's pages."""

from django.urls import path

from greenlane.booking.pages import (
    appeals,
    ballot_entries,
    ballots,
    choose,
    dispatcher,
    holder,
    limits,
    priority,
    resale,
    waiting,
)

app_name = "booking"

urlpatterns = [
    path("waiting/", waiting.mine, name="waiting_mine"),
    path("waiting/<str:number>/", waiting.group, name="waiting"),
    path("waiting/join/<slug:checkpoint>/<slug:direction>/", waiting.join, name="waiting_join"),
    path("waiting/list/<slug:checkpoint>/<slug:direction>/", waiting.listed, name="waiting_listed"),
    path("book/", choose.book, name="book"),
    path("book/<slug:checkpoint>/<slug:direction>/", choose.slots, name="slots"),
    path("book/<slug:checkpoint>/<slug:direction>/hold/", choose.hold, name="hold"),
    path("bookings/", holder.mine, name="mine"),
    path("bookings/<str:code>/", holder.booking, name="booking"),
    path("bookings/<str:code>/move/", holder.move, name="move"),
    path("bookings/<str:code>/swap/", holder.swap, name="swap"),
    path("bookings/<str:code>/cancel/", holder.cancel, name="cancel"),
    path("priority/<slug:checkpoint>/<slug:direction>/", priority.uses, name="priority"),
    path("priority/<slug:checkpoint>/<slug:direction>/grant/", priority.grant, name="grant_priority"),
    path("ballots/<int:ballot_id>/", ballots.ballot, name="ballot"),
    path("ballots/<int:ballot_id>/file/", ballots.file, name="ballot_file"),
    path("ballots/<int:ballot_id>/enter/", ballot_entries.enter, name="ballot_enter"),
    path("ballots/<slug:checkpoint>/<slug:direction>/", ballots.line, name="ballots"),
    path("ballot-entries/", ballot_entries.mine, name="ballot_entries"),
    path("ballot-entries/<str:number>/withdraw/", ballot_entries.withdraw, name="ballot_withdraw"),
    path("bookings/<str:code>/appeal/", limits.appeal, name="appeal"),
    path("bookings/<str:code>/credit/", limits.use_credit, name="use_credit"),
    path("carrier/standing/", limits.standing, name="standing"),
    path("promises/<slug:checkpoint>/<slug:direction>/", limits.promises, name="promises"),
    path("officers/appeals/", appeals.listed, name="appeals"),
    path("officers/appeals/<int:pk>/", appeals.shown, name="appeal_shown"),
    path("officers/resale/", resale.listed, name="signals"),
    path("officers/resale/<int:pk>/", resale.shown, name="signal_shown"),
    path("carrier/", dispatcher.carrier, name="carrier"),
]
