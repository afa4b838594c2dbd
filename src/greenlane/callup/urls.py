"""Addresses of call-up's pages."""

from django.urls import path

from greenlane.callup.pages import calls, kiosk, live, messages, order, rests, webhooks

app_name = "callup"

urlpatterns = [
    path("live/t/<str:code>/", live.ticket, name="ticket"),
    path("live/t/<str:code>/leave/", live.leave, name="leave"),
    path("live/kiosk/<slug:checkpoint>/<slug:direction>/", kiosk.kiosk, name="kiosk"),
    path("live/desk/<slug:checkpoint>/<slug:direction>/", kiosk.desk, name="desk"),
    path("live/desk/<slug:checkpoint>/<slug:direction>/open/", kiosk.open_kiosk, name="open_kiosk"),
    path("live/desk/<slug:checkpoint>/<slug:direction>/close/", kiosk.close_kiosk, name="close_kiosk"),
    path("live/<slug:checkpoint>/<slug:direction>/", live.queue, name="live"),
    path("order/place/<str:code>/", order.place, name="order_place"),
    path("order/<slug:checkpoint>/<slug:direction>/", order.order, name="order"),
    path("shift/<slug:checkpoint>/<slug:direction>/turns/", calls.turns, name="turns"),
    path("shift/<slug:checkpoint>/<slug:direction>/turns/<slug:word>/", calls.act, name="turns_act"),
    path("rests/<str:code>/", rests.rests, name="rests"),
    path("rests/<str:code>/<int:hindrance>/over/", rests.take_back, name="rest_over"),
    path("messages/", messages.channels, name="channels"),
    path("bookings/<str:code>/messages/", messages.booking, name="booking_messages"),
    path("bookings/<str:code>/coming/", messages.coming, name="coming"),
    path("live/t/<str:code>/coming/", messages.ticket_coming, name="ticket_coming"),
    path("shift/<slug:checkpoint>/<slug:direction>/messages/", messages.calls, name="calls_told"),
    path("carrier/webhooks/", webhooks.webhooks, name="webhooks"),
    path("carrier/webhooks/<int:pk>/<slug:word>/", webhooks.change, name="webhook_change"),
]
