"""Addresses of the shift's pages."""

from django.urls import path

from greenlane.gate import pages

app_name = "gate"

urlpatterns = [
    path("shift/", pages.lines, name="shift"),
    path("shift/passages/<int:passage_id>/", pages.passage, name="passage"),
    path("shift/events/<uuid:event_id>/strike/", pages.strike, name="strike"),
    path("shift/<slug:checkpoint>/<slug:direction>/", pages.shift, name="shift"),
    path("shift/<slug:checkpoint>/<slug:direction>/board/", pages.board, name="board"),
    path("shift/<slug:checkpoint>/<slug:direction>/lanes/<int:lane_id>/", pages.lane, name="lane"),
    path("shift/<slug:checkpoint>/<slug:direction>/unclear/<int:unclear_id>/", pages.resolve, name="resolve"),
]
