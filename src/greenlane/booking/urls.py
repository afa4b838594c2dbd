"""Addresses of the driver's and the dispatcher's pages."""

from django.urls import path

from greenlane.booking.pages import choose, dispatcher, holder

app_name = "booking"

urlpatterns = [
    path("book/", choose.book, name="book"),
    path("book/<slug:checkpoint>/<slug:direction>/", choose.slots, name="slots"),
    path("book/<slug:checkpoint>/<slug:direction>/hold/", choose.hold, name="hold"),
    path("bookings/", holder.mine, name="mine"),
    path("bookings/<str:code>/", holder.booking, name="booking"),
    path("bookings/<str:code>/move/", holder.move, name="move"),
    path("bookings/<str:code>/swap/", holder.swap, name="swap"),
    path("bookings/<str:code>/cancel/", holder.cancel, name="cancel"),
    path("carrier/", dispatcher.carrier, name="carrier"),
]
