"""Where each trap of the legacy systems is held, by its number in the list of them: the tests that fall into it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

TESTS = Path(__file__).resolve().parent

TRAPS: dict[str, tuple[str, ...]] = {
    "1 a clamped resident number joins nobody": (
        "graph/test_six_departments.py::test_a_clamped_number_is_nobodys",
        "graph/test_citizens.py::test_who_is_not_in_the_register_is_nobody",
        "connectors/test_nik_columns.py::test_what_is_stored_of_one_person_decodes_to_one_person",
    ),
    "2 dotted, dashed and spaced numbers are one person": (
        "graph/test_six_departments.py::test_all_spellings_of_a_number_are_one_person",
        "connectors/test_nik_columns.py::test_all_six_spellings_are_one_person_where_they_fit",
        "models/test_values.py::test_every_spelling_of_a_nik_is_one_person",
    ),
    "3 a day above 40 is a woman's, impossible dates are refused": (
        "models/test_values.py::test_birth_date",
        "models/test_values.py::test_an_impossible_nik_is_refused",
        "graph/test_six_departments.py::test_a_day_above_40_is_a_womans",
    ),
    "4 a BPS code is no official code": (
        "graph/test_licenses.py::test_bps_3671010_is_ciledug_and_the_official_3671_01_is_tangerang",
        "graph/test_licenses.py::test_an_official_code_where_a_bps_code_belongs_joins_nothing",
    ),
    "5 every form of a date, all at +07:00": (
        "graph/test_six_departments.py::test_times_of_every_department_are_in_the_offset_of_the_city",
        "api/exports/test_exports.py::test_times_in_an_export_carry_the_offset_of_the_city",
        "graph/test_truth.py::test_times_are_aware_and_in_the_offset_of_the_city",
        "graph/test_jobs.py::test_dates_are_days_without_a_time",
        "connectors/test_durations.py::test_a_long_date",
        "connectors/sql/test_counts_and_parts.py::test_a_moment_in_parts_is_the_date_and_a_wrong_name_of_its_day_a_contradiction",
    ),
    "6 every form of money": (
        "connectors/test_money.py::test_an_amount",
        "connectors/test_money.py::test_a_range",
        "graph/test_licenses.py::test_every_kind_of_license_is_the_truth_with_fee_and_promised_time",
        "graph/test_jobs.py::test_fields_below_the_graph_are_the_truth",
    ),
    "7 every polarity of a soft delete hides rows": (
        "graph/test_six_departments.py::test_rows_that_are_deleted_in_any_polarity_do_not_count",
        "connectors/test_mapping.py::test_rows_exist_where_all_that_is_stated_is_so",
        "graph/test_citizens.py::test_entries_that_were_a_mistake_do_not_exist",
        "graph/test_jobs.py::test_a_posting_that_is_not_verified_or_deleted_is_nowhere",
        "graph/test_news.py::test_an_article_that_is_not_published_is_nowhere",
    ),
    "8 an unknown status is UNKNOWN with its raw code and a finding, never a failed query": (
        "graph/test_six_departments.py::test_an_unknown_status_is_unknown_and_a_finding",
        "graph/test_raw_codes.py::test_an_unknown_status_says_what_its_system_wrote",
        "graph/test_raw_codes.py::test_a_step_and_an_application_say_what_their_systems_wrote",
        "connectors/test_codes.py::test_what_is_shown_of_an_unknown_code_is_a_short_text_without_anybodys_number",
        "graph/test_licenses.py::test_the_latest_step_decides_the_status_and_filters_by_it",
        "graph/test_hospitals.py::test_unknown_classes_of_care_are_one_row_and_a_finding",
    ),
    "9 latin1 bytes and HTML come out clean": (
        "graph/test_news.py::test_every_article_is_the_truth_newest_first",
        "graph/test_news.py::test_nothing_that_runs_is_left",
        "connectors/test_html.py::test_an_attack_leaves_nothing_that_runs",
        "connectors/sql/test_drift.py::test_one_bad_byte_fails_no_page",
    ),
    "10 swapped coordinates are found by the city's box": (
        "graph/test_six_departments.py::test_swapped_coordinates_are_turned_back",
        "graph/test_truth.py::test_every_area_is_the_truth_with_its_parent_and_children",
        "graph/test_hospitals.py::test_every_hospital_is_the_truth_with_beds_and_schedules",
    ),
    "11 a dead source gives partial data and a named error": (
        "faults/test_departments.py::test_the_others_answer_and_it_comes_back",
        "resolvers/test_area_tree.py::test_areas_that_are_down_fail_what_needs_them_and_nothing_else",
        "api/test_last_good.py::test_public_subjects_answer_after_a_restart_with_every_department_down",
    ),
    "12 104 villages with their complaints are a constant number of statements": (
        "graph/test_statements.py::test_104_parents_are_one_statement",
        "graph/test_statements.py::test_a_hundred_villages_with_their_complaints_are_two_statements",
    ),
    "13 stale beds are marked": (
        "graph/test_hospitals.py::test_a_count_fetched_now_is_stale_when_its_oldest_report_is_old",
        "graph/test_hospitals.py::test_fifteen_minutes_are_the_border",
        "graph/test_hospitals.py::test_a_new_report_makes_a_count_fresh_and_a_lost_one_makes_it_unknown",
    ),
    "14 reference rows that stand twice are one": (
        "graph/test_truth.py::test_every_category_is_given_once",
        "graph/test_truth.py::test_complaints_of_a_category_are_those_of_both_its_codes",
    ),
    "15 an aggregate equals the sum over the pages": (
        "graph/test_totals.py::test_a_total_is_the_number_of_rows_on_its_pages",
        "graph/test_totals.py::test_the_total_of_an_area_is_the_sum_of_its_parts_and_its_own",
        "graph/test_aggregates.py::test_groups_add_up_to_the_pages",
        "graph/test_measures.py::test_beds_are_the_sum_of_their_pages",
        "api/exports/test_exports.py::test_every_form_of_every_collection_is_the_walk_over_its_pages",
    ),
    "16 without a purpose no resident number leaves, and every personal read is in the ledger; no cache holds one": (
        "models/test_policy.py::test_without_a_purpose_nothing_is_open_to_an_officer",
        "api/test_ledger.py::test_without_a_purpose_no_resident_number_leaves",
        "api/test_ledger.py::test_an_answer_with_personal_fields_has_one_entry_and_any_other_none",
        "graph/test_cache.py::test_no_personal_value_is_ever_in_the_storage",
        "api/test_last_good.py::test_nothing_personal_is_copied",
    ),
    "17 times that leave the hub carry offsets": (
        "graph/test_six_departments.py::test_times_of_every_department_are_in_the_offset_of_the_city",
        "graph/test_truth.py::test_times_are_aware_and_in_the_offset_of_the_city",
        "cities/test_losangeles.py::test_counts_per_month_and_per_day_of_los_angeles",
    ),
    "18 the 10,000 real rows of 311 load by a mapping alone, with all five statuses": (
        "cities/test_losangeles.py::test_every_row_of_the_file_is_in_the_graph",
        "cities/test_losangeles.py::test_all_five_statuses_are_mapped",
    ),
}


def test_every_trap_has_the_tests_that_are_named() -> None:
    named = {test for tests in TRAPS.values() for test in tests}
    files = {test.split("::")[0] for test in named}
    there = {f"{file}::{name}" for file in files for name in _functions(TESTS / file)}
    assert sorted(named - there) == []
    assert [int(trap.split()[0]) for trap in TRAPS] == [*range(1, 19)]


def _functions(file: Path) -> Iterable[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
