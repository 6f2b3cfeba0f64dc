"""The words of a sheet: one entry per sentence; sheet_pages.py fills them in.

The Indonesian stands in locale/ under the context "sheet".
"""

from __future__ import annotations

from connectors.writing.protocol import Rung
from connectors.writing.statements import Write
from models.policy.decisions import Rule
from models.policy.viewer import Role
from models.records import PersonalClass
from onboarding.sheet import Ask, Reason

SHEET = "sheet"
"""The context of these words in the catalogue."""

WORDS: dict[str, str] = {
    "title": "Source sheet: {name}",
    "intro": (
        "This sheet states what Simpul, the data hub of {city}, reads of the system {title} of {department}, "
        "what for, and how much. It is made from the configuration that runs; it holds nobody's data."
    ),
    "publisher": "Publisher",
    "contact": "Contact",
    "license": "Data licence",
    "update_rhythm": "Update rhythm",
    "department": "Department",
    "system": "System",
    "purpose": "What for",
    "columns": "Columns read, and why",
    "column": "Column",
    "field": "Field",
    "meaning": "Meaning",
    "class": "Class",
    "readers": "Who may read it",
    "read_by_hub": "the hub only",
    "everybody": "everybody",
    "nobody": "nobody",
    "rows_alive": "Only rows where {condition}.",
    "is_null": "{column} is null",
    "is_one": "{column} = {values}",
    "is_one_of": "{column} is one of {values}",
    "and": " and ",
    "only_open": (
        "These records exist only for the person whom they are about, and for an officer of the department "
        "who has stated a purpose; for everybody else there are none."
    ),
    "row_rule": (
        "Rows that are not published are hidden; only the department that handles them and the person whom "
        "they are about see more."
    ),
    "rights": "Rights",
    "rights_intro": "The hub needs no other right than these. Replace what stands in angle brackets.",
    "no_users": "This database is an SQLite file, which knows no users: the hub opens it for reading only.",
    "places": "Files and addresses that are read",
    "places_intro": ("This system is no database that is asked with SQL. The hub reads the following."),
    "writes_nothing": "It writes nothing there.",
    "place_setting": "The address or folder that HUB_SOURCE_{name}_URL names.",
    "statements": "Statement templates",
    "statements_intro": (
        "These are the statements that the hub sends, with placeholders for values. A plan says how the "
        "database runs one now. A filter adds conditions to WHERE, an order replaces ORDER BY."
    ),
    "plan": "Plan",
    "not_reached": "the source is not reached, so no plan",
    "no_plan": "no plan: {failure}",
    "searches": "finds rows of {table} by the index {index}",
    "searches_plain": "finds rows of {table}",
    "walks": "reads {table} from one end",
    "walks_index": "reads {table} from one end in the order of {index}",
    "sorts": "sorts",
    "reads_nothing": "reads no table",
    "load": "Load contract",
    "connections_max": "Connections at once, for the whole hub: {value} at most.",
    "statement_ms_max": "A statement runs for {value} milliseconds at most; then the database itself ends it.",
    "statements_per_second_max": "At most {value} statements in a second, for the whole hub.",
    "quiet_hours": "Quiet hours, local time, in which the system is not asked at all: {value}.",
    "scan_rows_max": (
        "A filter or an order that would make the database read more than {value} rows of a table is "
        "refused, except for those that are named below."
    ),
    "scan_allowed": "{record}.{field} may, because: {reason}",
    "writes": "What is written",
    "writes_intro": (
        "The hub writes only where somebody asks a department for something, and only with the user below, whose "
        "password is HUB_SOURCE_{name}_WRITER; without it nothing is written, and reading goes on. All of one request "
        "is one transaction, where the system has any. The hub never deletes a row."
    ),
    "writes_number": "New rows of {record} get numbers that begin with {prefix}: keep these for the hub.",
    "writing_rights": "Rights to write",
    "writing_rights_intro": "For writing the hub needs no other right than these.",
    "writing_no_users": "This database is an SQLite file, which knows no users: to write, the hub opens it once more.",
    "rung": "How surely it is done once: {rung}",
    "untransacted": "Tables without transactions, such as those of MyISAM: {rung}",
    "read_only": (
        "Sessions that read are read-only. Each statement begins with the comment /* simpul operation_name */."
    ),
    "retention": "Retention",
    "keeps_nothing": (
        "The hub keeps no copy of this source: each answer is read from the system and forgotten once it is "
        "sent. Logs hold names and counts, never a value."
    ),
    "keeps_copy": (
        "The hub keeps one copy of the columns above, made again every {seconds} seconds, of at most {rows} "
        "rows and {bytes} bytes. The old copy is removed once the new one is whole. Logs hold names and "
        "counts, never a value."
    ),
    "searched": (
        "{record}: the words of {fields}, which everybody may see, are kept so that they can be searched, "
        "and are renewed regularly."
    ),
    "fresh": "{record}: counts as fresh for {fresh} seconds.",
    "signatures": "Agreed",
    "for_owner": "For the owner of the system",
    "for_hub": "For the operator of the hub",
    "name_line": "Name",
    "date_line": "Date",
    "signature_line": "Signature",
}

ROLES: dict[Role, str] = {
    Role.ANONYMOUS: "anonymous",
    Role.DEVELOPER: "developer",
    Role.CITIZEN: "citizen",
    Role.OFFICER: "officer",
    Role.ANALYST: "analyst",
    Role.AUDITOR: "auditor",
    Role.OPERATOR: "operator",
    Role.DPO: "data protection officer",
}

RULES: dict[tuple[Role | None, Rule], str] = {
    (Role.CITIZEN, Rule.OPEN_ELSE_NULL): "only their own",
    (Role.CITIZEN, Rule.OPEN_ELSE_MASK): "their own; others masked",
    (Role.OFFICER, Rule.OPEN_ELSE_NULL): "only what their department handles, with a purpose",
    (Role.OFFICER, Rule.OPEN_ELSE_MASK): "what their department handles, with a purpose; others masked",
    (Role.OFFICER, Rule.MASK_ELSE_NULL): (
        "masked in what their department handles; unlocked one by one, with a purpose and on record"
    ),
    (None, Rule.ALLOW): "all",
    (None, Rule.OPEN_ELSE_NULL): "only rows that are open to them",
    (None, Rule.OPEN_ELSE_MASK): "masked",
    (None, Rule.MASK_ELSE_NULL): "masked, can be unlocked one by one",
    (None, Rule.DENY): "none",
}
"""What a rule means for a role; None for every other role."""

CLASSES: dict[PersonalClass, str] = {
    PersonalClass.NON_PERSONAL: "not personal",
    PersonalClass.GENERAL: "personal, general",
    PersonalClass.SPECIFIC: "personal, specific",
    PersonalClass.FREE_TEXT: "free text",
}

REASONS: dict[Reason, str] = {
    Reason.ALIVE: "Says which rows exist",
    Reason.AS_OF: "Says how old a row is",
    Reason.SORTS: "Is what lists are sorted by",
    Reason.JOINS: "Ties the tables together",
}

WRITES: dict[Write, str] = {
    Write.INSERT: "A new row",
    Write.FIND: "A look for a row that may have been written before",
    Write.UPDATE: "Other values of a row, in the columns that change and only while it is as it was seen",
}

RUNGS: dict[Rung, str] = {
    Rung.MARKER: "exactly once, by a marker in the transaction of what is written.",
    Rung.TRANSACTION_STATUS: "exactly once: the server is asked what became of the transaction before.",
    Rung.LOCK_AND_LOOK: "exactly once: under a lock the hub looks for what it may have written before.",
    Rung.HTTP_KEY: "exactly once, as far as the service keeps the key that goes along.",
    Rung.HTTP_LOOK: "the hub looks for it before it asks again.",
    Rung.AT_MOST_ONCE: "at most once; whatever is in doubt is looked at by a person.",
}

ASKS: dict[Ask, str] = {
    Ask.BY_KEY: "One row by its key",
    Ask.PAGE: "A page of a list",
    Ask.OF_PARENTS: "The first rows of many parents",
    Ask.COUNT: "How many rows",
}
