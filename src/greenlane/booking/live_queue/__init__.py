"""The live queue: who may join at a kiosk, and when the next trucks are called. Pure: no Django."""
