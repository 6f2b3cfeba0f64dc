"""The sentences of all errors; models/errors.py fills them. Indonesian is in locale/ under the context "error"."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "body_not_utf8": "The body is not UTF-8 text.",
    "body_not_json": "The body is not JSON that can be read, or it is nested too deep.",
    "body_not_object": 'The body must be a JSON object with a "query".',
    "body_too_large": "The body is larger than {maximum_bytes} bytes.",
    "query_missing": 'The request carries no "query" that is a text.',
    "query_and_document": 'Send "query" or "documentId", not both.',
    "document_unknown": 'No document is known by this "documentId". Send it once more as "query".',
    # The convention's own sentence, which clients look for, in every language.
    "persisted_query_unknown": "PersistedQueryNotFound",
    "persisted_query_other": ('"sha256Hash" is not the SHA-256 of "query". Register the manifest, or send its hash.'),
    "view_unknown": "There is no such view. /views lists those that there are.",
    "view_method": "A view can only be read.",
    "parameter_type": '"{name}" must be {expected}.',
    "variables_depth": "Variables may be nested at most {maximum} levels deep.",
    "body_slow": "The body did not arrive within {maximum_s} seconds.",
    "batch_not_supported": "Send one operation per request; arrays of operations are not accepted.",
    "media_type": "The Content-Type must be application/json.",
    "content_encoding": "Send the body without compression.",
    "not_acceptable": ("Accept must include application/json, application/graphql-response+json or text/event-stream."),
    "method": "Use GET or POST.",
    "header_repeated": "The header {name} may be sent only once.",
    "host_invalid": "The header Host is missing or not valid. Send one, for example Host: hub.example.go.id.",
    "get_personal": (
        "Queries with personal data as arguments are sent by POST only: addresses are kept in many places."
    ),
    "introspection": "The schema is not asked for here without signing in. Read /schema.graphql.",
    "explain_role": "Plans are shown to the roles {roles} only.",
    "export_unknown": "There is no such collection. There are: {known}.",
    "export_form": "There is no such file format. There are: {known}.",
    "export_located": "This collection has no {field}, so there is no GeoJSON of it.",
    "export_parameter": 'The parameter "{name}" is not known. Known are: {known}.',
    "export_body": "The body must be a JSON object.",
    "export_field": 'There is no column "{field}" here. Without "fields" the columns are: {known}.',
    "export_sorted_twice": 'Sort by "sort" or by "orderBy", not by both.',
    "export_groups_many": (
        "There are {groups} groups, and a file holds {maximum}: group by less, filter, or say with limit how many."
    ),
    "export_literal": '"{name}" must be a value of GraphQL, or JSON.',
    "get_mutation": "Mutations are sent by POST only.",
    "subscription_media": "Subscriptions go over WebSocket (graphql-transport-ws), or with Accept: text/event-stream.",
    "origin_foreign": "A page of this origin may not send credentials.",
    "subscriptions_many": "At most {maximum} operations at once on one connection. End one of them.",
    "connections_many": "Too many connections are open. Close one of them, or try again later.",
    "source_unknown": "There is no such source. There are: {known}.",
    "purpose_unknown": "This Hub-Purpose is not known. Known are: {known}.",
    "purpose_role": "Your role cannot state the purpose {purpose}.",
    "document_limit": "The query goes beyond {limit}: at most {allowed} are allowed. Ask for less in one query.",
    "schemas_max": (
        "The document asks for __schema more than once ({limit}: {allowed}). Ask for it once, with all that "
        "you want below it."
    ),
    "types_max": "The document asks for __type too often ({limit}: at most {allowed}). Read /schema.json.",
    "schema_answer_fields_max": (
        "The answer about the schema is too large ({limit}: at most {allowed} fields). Read /schema.json."
    ),
    "schema_fields_beside_max": (
        "The answer about the schema is too large beside other fields ({limit}: at most {allowed}). Ask for "
        "the schema in a query of its own."
    ),
    "overloaded": "The hub is very busy. Try again in a moment.",
    "rows_many": ("The query may bring {rows} rows; {allowed} are allowed. Ask for smaller pages or fewer levels."),
    "units_many": ("The query may cost {units} units; one may cost {allowed}. Ask for smaller pages or fewer levels."),
    "budget_spent": (
        "The query may cost {units} units, and your budget holds {remaining}. Try again in {seconds} "
        "seconds, or ask for less."
    ),
    "cheaper": ("Write {argument}: {value} instead of {insteadOf} at {path}: the query then costs {units} units."),
    # The GraphQL library says in English why it refuses a document.
    "document_invalid": "{detail}",
    "first_range": '"{argument}" must be between 0 and {maximum}.',
    "first_and_last": '"first" and "after" page forwards, "last" and "before" backwards: use one pair.',
    "cursor_invalid": (
        "This cursor does not belong to this list with this order and filter. Start again without a cursor."
    ),
    "id_invalid": "This id is not an id of this graph.",
    "ids_many": "At most {maximum} ids at once.",
    "key_choice": "Give exactly one of: {arguments}.",
    "filter_depth": "A filter may be nested at most {maximum} levels deep.",
    "filter_terms": "A filter may hold at most {maximum} conditions.",
    "filter_values": '"in" takes at most {maximum} values.',
    "filter_relations": "A filter may follow at most {maximum} relations.",
    "filter_keys": (
        'The part "{part}" of the filter leads to more than {maximum} of {subject}. Narrow that part, or '
        "begin there: filter the list of {subject} and follow its relations."
    ),
    "order_ranks": ('"{part}" in orderBy leads to more than {maximum} records. Sort by a field of the list itself.'),
    "near_many": (
        'More than {maximum} records lie in the box around "{part}". Ask for fewer meters or a smaller area, '
        "or add conditions."
    ),
    "near_range": '"meters" must be above 0 and {maximum} at most.',
    "reach_of_areas": '"{argument}" is asked of areas only: other records have no middle.',
    "position_range": "A latitude lies between -90 and 90, a longitude between -180 and 180.",
    "distance_without_near": (
        'An order by distance needs exactly one "near" at the top of the filter, and no other order beside it.'
    ),
    "within_not_supported": (
        'The source of {subject} states no area and the city gives no polygons, so "within" cannot be answered.'
    ),
    "area_known_above": (
        "The source of {subject} names no areas below {level}, and no position tells more. Ask for areas of that level."
    ),
    "area_never_named": (
        "The source of {subject} names no areas below {level}. Ask for areas of that level, or with "
        '"within" where there are positions.'
    ),
    "placed_many": (
        'More than {maximum} of {subject} are known by a larger area only. Ask for "within", or for larger areas.'
    ),
    "limits_none": "This city has promised no time limits, so complaints cannot be found by them.",
    "filter_null": '"{operator}" takes no null. Use isNull.',
    "vocabulary_unknown": "There is no such vocabulary. There are: {known}.",
    "filter_words": "`matches` takes 1 to {maximum} words, {characters} characters at most.",
    "filter_text": "A text in a filter has at most {maximum} characters.",
    "order_terms": '"orderBy" takes at most {maximum} fields.',
    "order_twice": '"orderBy" names "{field}" twice.',
    "token_in_key_header": "X-Api-Key takes API keys only. Send a token as Authorization: Bearer.",
    "key_in_token_header": "Authorization takes tokens only. Send an API key in the header X-Api-Key.",
    "token_invalid": "The credential is not accepted.",
    "scope_missing": 'This API key was not given for "{scope}". Ask the operator for another one.',
    "field_forbidden": "Your role may not read {fields}.",
    "record_forbidden": "Your role, {role}, may not read {subject}.",
    "record_purpose": "Say with the header Hub-Purpose what you read {subject} for. Your role may state: {purposes}.",
    "argument_forbidden": "Your role may not filter or sort by {fields}.",
    "search_text": "Write the words to search for, {maximum} characters at most.",
    "search_unready": "The index of the search is still being made. Try again in a moment.",
    "groups_many": (
        "The question makes more than {maximum} groups. Filter more narrowly, group by fewer things, or by "
        "longer periods."
    ),
    "groups_top": "topOfEach needs a bucket, or two things to group by.",
    "groups_by_twice": '"by" names {name} twice.',
    "groups_by_many": '"by" takes at most {maximum} things.',
    "groups_compare_range": (
        '"compareTo" needs a range of one field of time in the filter, with its beginning, and not below "or" or "not".'
    ),
    "time_zone_unknown": "This time zone is not known. Write it like Asia/Jakarta.",
    "bucket_unit": '"{field}" is a day without an hour: use DAY or longer, and no timeZone.',
    "area_level": "areaLevel must be a level that this city has: {levels}.",
    "not_connected": "This city has not connected {subject}.",
    "rows_not_connected": (
        "This city has not connected {subject}, which says who may see these records, so none can be shown to you."
    ),
    "argument_unmapped": (
        'This city has not connected "{field}": it is not mapped, so "{operation}" cannot be asked of it.'
    ),
    "argument_not_supported": 'This source cannot do "{operation}" on "{field}". It can: {supported}.',
    "department_unavailable": "{source} ({department}) cannot be reached at the moment. Try again later.",
    "department_busy": "Too many are waiting for {source} ({department}). Try again in a moment.",
    "department_quiet": "{source} ({department}) is not read at this hour, as its owner asks. Try again later.",
    "department_timeout": ("{source} ({department}) did not answer within {waited_ms} milliseconds. Try again later."),
    "question_slow": (
        "Questions like this one have been too slow for {source} ({department}). Narrow it with "
        "a filter, sort by something else, or try again in {retry_s} s."
    ),
    "source_drifted": '{source} no longer holds the data of "{field}". The operators have been told.',
    "key_ambiguous": ("More than one of {subject} carries this key, so none is shown. The operators have been told."),
    "source_refused": "{source} ({department}) refused this read. The operators have been told.",
    "sign_in_unavailable": "Credentials cannot be checked at the moment. Try again in a moment.",
    "ledger_unwritten": (
        "This read of personal data cannot be recorded at the moment, so the data is not shown. Try again in "
        "a moment; public data is not affected."
    ),
    "ledger_unread": "The record of reads cannot be opened at the moment. Try again in a moment.",
    "rights_unavailable": (
        "Requests about personal data cannot be registered or opened at the moment. Try again in a moment."
    ),
    "rights_residents_only": (
        "Only a resident who signed in with a verified resident number may ask this, for their own data."
    ),
    "rights_inbox_only": "Only the data protection officer, with Hub-Purpose: {purpose}, may open people's requests.",
    "rights_request_unknown": "There is no such request.",
    "rights_state_conflict": (
        "The request is now {state}; only these may follow: {following}. Look at it and decide again."
    ),
    "rights_refusal_reason": 'A refusal needs its reason in "note".',
    "consent_not_basis": "The purpose {purpose} does not rest on consent. What does: {known}.",
    "department_unknown": "No department of this code holds data of people. Known are: {known}.",
    "text_long": "The text may have at most {maximum} characters.",
    "operation_cancelled": "The request was cancelled.",
    "internal": "Something went wrong in the hub. Mention the request id {request_id}.",
    "action_role": "This is for the roles {roles}.",
    "action_purpose": "State the purpose {purpose}, in the header Hub-Purpose.",
    "action_blank": "This is needed.",
    "action_long": "At most {maximum} characters fit.",
    "action_range": "It must be from {least} to {most}.",
    "action_unknown": "The city has nothing with this code.",
    "action_outside": "This position is not in the city.",
    "action_place": "Say where it is: give a position in the city, or an area.",
    "action_row": "There is no such entry of which you may ask for this.",
    "action_state": "This cannot be asked for in the present state.",
    "action_not_taken": "The department's system cannot hold this value.",
    "action_not_supported": "The hub cannot write this into the department's system.",
    "receipt_unknown": "There is no such receipt of yours.",
    "delivery_reason": "Say why, in at most {maximum} characters.",
    "delivery_settled": "There is nothing to decide about this any more. Look at the list again.",
    "action_large": "It is more than an action can hold. Say it in fewer words.",
    "actions_many": "Too much of what you asked for is still on its way. Wait until some of it is delivered.",
    "actions_day": "You have told the city as much today as one may. Come back tomorrow.",
    "key_missing": (
        "An action needs a key, so that it happens once however often it is sent: give `key`, or the header "
        "Idempotency-Key."
    ),
    "key_invalid": "A key has {least} to {most} printable ASCII characters.",
    "key_reused": "This key was used for something else. Take another one for another action.",
    "key_in_use": "What was sent with this key is still being accepted. Send it again in a moment.",
}
