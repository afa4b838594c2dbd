"""Addresses of the public board and the clocks."""

from django.urls import path

from greenlane.standard.pages import board, clocks

app_name = "standard"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/<slug:checkpoint>/<slug:direction>/", board.checkpoint, name="checkpoint"),
    path("clocks/", clocks.index, name="clocks"),
    path("clocks/rules/", board.rules, name="rules"),
    path("clocks/<slug:checkpoint>/<slug:direction>/", clocks.clocks, name="clocks"),
]
