"""Addresses of planning."""

from django.urls import path

from greenlane.planning.pages import day, kept, plan, rules, what_if

app_name = "planning"
_LINE = "what-if/<slug:checkpoint_code>/<slug:direction>/"
_PLAN = "plan/<slug:checkpoint_code>/<slug:direction>/"
_RULES = "rules/<slug:checkpoint_code>/<slug:direction>/"

urlpatterns = [
    path("what-if/", what_if.lines, name="lines"),
    path("what-if/kept/<str:token>/", kept.shared, name="shared"),
    path("what-if/scenarios/<int:scenario_id>/rename/", kept.rename, name="rename"),
    path("what-if/scenarios/<int:scenario_id>/remove/", kept.remove, name="remove"),
    path(_LINE, what_if.what_if, name="what_if"),
    path(f"{_LINE}answer", what_if.answer, name="answer"),
    path(f"{_LINE}keep/", kept.keep, name="keep"),
    path(f"{_LINE}compare/", kept.compare, name="compare"),
    path(f"{_LINE}day/", day.day, name="day"),
    path(f"{_LINE}day/events", day.events, name="events"),
    path("plan/", plan.plan_lines, name="plans"),
    path("plan/<int:plan_id>/accept/", plan.accept, name="accept_plan"),
    path("plan/<int:plan_id>/return/", plan.take_back, name="return_plan"),
    path("plan/times/<str:code>/", plan.new_time, name="new_time"),
    path(_PLAN, plan.plan, name="plan"),
    path(f"{_PLAN}ask/", plan.ask, name="ask_plan"),
    path(f"{_PLAN}lanes/", plan.lanes, name="lanes_as_planned"),
    path(f"{_PLAN}times/", plan.throttle, name="propose_times"),
    path(_RULES, rules.rules, name="rules"),
    path(f"{_RULES}versions/<int:number>.yaml", rules.rules_file, name="rules_file"),
    path(f"{_RULES}reports/<int:report_id>/", rules.rules_report, name="rules_report"),
    path(f"{_RULES}reports/<int:report_id>.json", rules.rules_report_json, name="rules_report_json"),
]
