"""What the hub says when something goes wrong, in both languages: one entry per sentence; models/errors.py fills it."""

from __future__ import annotations

from models.localized import Localized

MESSAGES: dict[str, Localized] = {
    "body_not_utf8": Localized("Isi permintaan bukan teks UTF-8.", "The body is not UTF-8 text."),
    "body_not_json": Localized(
        "Isi permintaan bukan JSON yang dapat dibaca.",
        "The body is not JSON that can be read, or it is nested too deep.",
    ),
    "body_not_object": Localized(
        'Isi permintaan harus berupa objek JSON dengan "query".', 'The body must be a JSON object with a "query".'
    ),
    "body_too_large": Localized(
        "Isi permintaan lebih dari {maximum_bytes} bita.", "The body is larger than {maximum_bytes} bytes."
    ),
    "query_missing": Localized(
        'Permintaan tidak memuat "query" berupa teks.', 'The request carries no "query" that is a text.'
    ),
    "query_and_document": Localized(
        'Kirim "query" atau "documentId", bukan keduanya.', 'Send "query" or "documentId", not both.'
    ),
    "document_unknown": Localized(
        'Dokumen dengan "documentId" ini tidak dikenal. Kirim sekali lagi dengan "query".',
        'No document is known by this "documentId". Send it once more as "query".',
    ),
    "view_unknown": Localized(
        "Tampilan ini tidak ada. /views memuat daftarnya.", "There is no such view. /views lists those that there are."
    ),
    "view_method": Localized("Tampilan hanya dapat dibaca.", "A view can only be read."),
    "parameter_type": Localized('"{name}" harus berupa {expected}.', '"{name}" must be {expected}.'),
    "variables_depth": Localized(
        "Variabel bertingkat paling banyak {maximum} tingkat.", "Variables may be nested at most {maximum} levels deep."
    ),
    "body_slow": Localized(
        "Isi permintaan tidak sampai dalam {maximum_s} detik.", "The body did not arrive within {maximum_s} seconds."
    ),
    "batch_not_supported": Localized(
        "Kirim satu operasi per permintaan; larik tidak diterima.",
        "Send one operation per request; arrays of operations are not accepted.",
    ),
    "media_type": Localized("Content-Type harus application/json.", "The Content-Type must be application/json."),
    "content_encoding": Localized("Isi permintaan harus dikirim tanpa kompresi.", "Send the body without compression."),
    "not_acceptable": Localized(
        "Accept harus memuat application/json, application/graphql-response+json, atau text/event-stream.",
        "Accept must include application/json, application/graphql-response+json or text/event-stream.",
    ),
    "method": Localized("Gunakan GET atau POST.", "Use GET or POST."),
    "get_personal": Localized(
        "Kueri dengan data pribadi sebagai argumen hanya lewat POST: alamat tersimpan di banyak tempat.",
        "Queries with personal data as arguments are sent by POST only: addresses are kept in many places.",
    ),
    "introspection": Localized(
        "Skema tidak ditanyakan di sini tanpa masuk. Bacalah /schema.graphql.",
        "The schema is not asked for here without signing in. Read /schema.graphql.",
    ),
    "explain_role": Localized("Rencana kueri hanya untuk peran {roles}.", "Plans are shown to the roles {roles} only."),
    "export_unknown": Localized(
        "Koleksi ini tidak ada. Yang ada: {known}.", "There is no such collection. There are: {known}."
    ),
    "export_form": Localized(
        "Bentuk berkas ini tidak ada. Yang ada: {known}.", "There is no such form of a file. There are: {known}."
    ),
    "export_located": Localized(
        "Koleksi ini tidak mempunyai {field}, sehingga tidak ada GeoJSON-nya.",
        "This collection has no {field}, so there is no GeoJSON of it.",
    ),
    "export_parameter": Localized(
        'Parameter "{name}" tidak dikenal. Yang dikenal: {known}.',
        'The parameter "{name}" is not known. Known are: {known}.',
    ),
    "export_body": Localized("Isi permintaan harus berupa objek JSON.", "The body must be a JSON object."),
    "export_field": Localized(
        'Tidak ada kolom "{field}" di sini. Tanpa "fields" kolomnya: {known}.',
        'There is no column "{field}" here. Without "fields" the columns are: {known}.',
    ),
    "export_literal": Localized(
        '"{name}" harus berupa nilai GraphQL atau JSON.', '"{name}" must be a value of GraphQL, or JSON.'
    ),
    "get_mutation": Localized("Mutasi hanya lewat POST.", "Mutations are sent by POST only."),
    "subscription_media": Localized(
        "Langganan dikirim lewat WebSocket (graphql-transport-ws) atau dengan Accept: text/event-stream.",
        "Subscriptions go over WebSocket (graphql-transport-ws), or with Accept: text/event-stream.",
    ),
    "origin_foreign": Localized(
        "Halaman dari asal ini tidak boleh mengirim kredensial.",
        "A page of this origin may not send credentials.",
    ),
    "subscriptions_many": Localized(
        "Paling banyak {maximum} operasi sekaligus pada satu koneksi. Akhiri salah satunya.",
        "At most {maximum} operations at once on one connection. End one of them.",
    ),
    "connections_many": Localized(
        "Terlalu banyak koneksi terbuka. Tutup salah satunya, atau coba lagi nanti.",
        "Too many connections are open. Close one of them, or try again later.",
    ),
    "source_unknown": Localized(
        "Sumber data ini tidak ada. Yang ada: {known}.", "There is no such source. There are: {known}."
    ),
    "purpose_unknown": Localized(
        "Hub-Purpose tidak dikenal. Yang diterima: {known}.", "This Hub-Purpose is not known. Known are: {known}."
    ),
    "purpose_role": Localized(
        "Peran Anda tidak dapat menyatakan tujuan {purpose}.", "Your role cannot state the purpose {purpose}."
    ),
    "document_limit": Localized(
        "Kueri melampaui batas {limit}: paling banyak {allowed}. Minta lebih sedikit dalam satu kueri.",
        "The query goes beyond {limit}: at most {allowed} are allowed. Ask for less in one query.",
    ),
    "overloaded": Localized(
        "Layanan sedang sangat sibuk. Coba lagi sebentar lagi.", "The hub is very busy. Try again in a moment."
    ),
    "rows_many": Localized(
        "Kueri ini dapat membawa {rows} baris; yang diizinkan {allowed}. Minta halaman lebih kecil atau lebih sedikit "
        "tingkat.",
        "The query may bring {rows} rows; {allowed} are allowed. Ask for smaller pages or fewer levels.",
    ),
    "units_many": Localized(
        "Kueri ini dapat menghabiskan {units} unit; satu kueri boleh {allowed}. Minta halaman lebih kecil atau lebih "
        "sedikit tingkat.",
        "The query may cost {units} units; one may cost {allowed}. Ask for smaller pages or fewer levels.",
    ),
    "budget_spent": Localized(
        "Kueri ini dapat menghabiskan {units} unit, dan anggaran Anda tinggal {remaining}. Coba lagi dalam {seconds} "
        "detik, atau minta lebih sedikit.",
        "The query may cost {units} units, and your budget holds {remaining}. Try again in {seconds} seconds, or ask "
        "for less.",
    ),
    "cheaper": Localized(
        "Tulis {argument}: {value} sebagai ganti {insteadOf} pada {path}: kueri ini menjadi {units} unit.",
        "Write {argument}: {value} instead of {insteadOf} at {path}: the query then costs {units} units.",
    ),
    # What a document is refused for is said by the GraphQL library, in English.
    "document_invalid": Localized("{detail}", "{detail}"),
    "first_range": Localized(
        '"{argument}" harus antara 0 dan {maximum}.', '"{argument}" must be between 0 and {maximum}.'
    ),
    "first_and_last": Localized(
        '"first"/"after" dan "last"/"before" tidak dapat digabung.',
        '"first" and "after" page forwards, "last" and "before" backwards: use one pair.',
    ),
    "cursor_invalid": Localized(
        "Kursor ini bukan milik daftar ini dengan urutan dan filter ini. Mulai lagi tanpa kursor.",
        "This cursor does not belong to this list with this order and filter. Start again without a cursor.",
    ),
    "id_invalid": Localized("Id ini bukan id dari graf ini.", "This id is not an id of this graph."),
    "ids_many": Localized("Paling banyak {maximum} id sekaligus.", "At most {maximum} ids at once."),
    "key_choice": Localized("Isi tepat satu dari: {arguments}.", "Give exactly one of: {arguments}."),
    "filter_depth": Localized(
        "Filter bertingkat paling banyak {maximum} tingkat.", "A filter may be nested at most {maximum} levels deep."
    ),
    "filter_terms": Localized(
        "Filter memuat paling banyak {maximum} syarat.", "A filter may hold at most {maximum} conditions."
    ),
    "filter_values": Localized('"in" menerima paling banyak {maximum} nilai.', '"in" takes at most {maximum} values.'),
    "filter_relations": Localized(
        "Filter menyusuri paling banyak {maximum} hubungan.", "A filter may follow at most {maximum} relations."
    ),
    "filter_keys": Localized(
        'Bagian "{part}" dari filter mengarah ke lebih dari {maximum} {subject}. Persempit bagian itu, atau mulai dari '
        "{subject}: saring daftarnya dan ikuti hubungannya dari sana.",
        'The part "{part}" of the filter leads to more than {maximum} of {subject}. Narrow that part, or begin there: '
        "filter the list of {subject} and follow its relations.",
    ),
    "order_ranks": Localized(
        '"{part}" dalam orderBy mengarah ke lebih dari {maximum} data. Urutkan menurut bidang daftar itu sendiri.',
        '"{part}" in orderBy leads to more than {maximum} records. Sort by a field of the list itself.',
    ),
    "near_many": Localized(
        'Lebih dari {maximum} data terletak di kotak sekitar "{part}". Perkecil jarak atau wilayahnya, atau tambah '
        "syarat.",
        'More than {maximum} records lie in the box around "{part}". Ask for fewer meters or a smaller area, or add '
        "conditions.",
    ),
    "near_range": Localized(
        '"meters" harus lebih dari 0 dan paling banyak {maximum}.', '"meters" must be above 0 and {maximum} at most.'
    ),
    "position_range": Localized(
        "Lintang terletak antara -90 dan 90, bujur antara -180 dan 180.",
        "A latitude lies between -90 and 90, a longitude between -180 and 180.",
    ),
    "distance_without_near": Localized(
        'Urutan menurut jarak memerlukan tepat satu "near" di tingkat teratas filter, dan tanpa urutan lain.',
        'An order by distance needs exactly one "near" at the top of the filter, and no other order beside it.',
    ),
    "within_not_supported": Localized(
        'Sumber data {subject} tidak menyebut wilayah dan kota tidak memberi poligon: "within" tidak dapat dijawab.',
        'The source of {subject} states no area and the city gives no polygons, so "within" cannot be answered.',
    ),
    "filter_null": Localized(
        '"{operator}" tidak menerima null. Gunakan isNull.', '"{operator}" takes no null. Use isNull.'
    ),
    "vocabulary_unknown": Localized(
        "Kosakata ini tidak ada. Yang ada: {known}.", "There is no such vocabulary. There are: {known}."
    ),
    "filter_text": Localized(
        "Teks dalam filter paling banyak {maximum} huruf.", "A text in a filter has at most {maximum} characters."
    ),
    "order_terms": Localized(
        '"orderBy" menerima paling banyak {maximum} bidang.', '"orderBy" takes at most {maximum} fields.'
    ),
    "order_twice": Localized('"orderBy" menyebut "{field}" dua kali.', '"orderBy" names "{field}" twice.'),
    "token_invalid": Localized("Kredensial tidak diterima.", "The credential is not accepted."),
    "scope_missing": Localized(
        'Kunci API ini tidak diberikan untuk "{scope}". Minta kunci lain kepada operator.',
        'This API key was not given for "{scope}". Ask the operator for another one.',
    ),
    "field_forbidden": Localized("Peran Anda tidak boleh membaca {fields}.", "Your role may not read {fields}."),
    "record_forbidden": Localized(
        "Peran Anda tidak boleh membaca {subject}, atau tujuan pembacaan belum dinyatakan (header Hub-Purpose).",
        "Your role may not read {subject}, or has not stated a purpose (header Hub-Purpose).",
    ),
    "argument_forbidden": Localized(
        "Peran Anda tidak boleh menyaring atau mengurutkan menurut {fields}.",
        "Your role may not filter or sort by {fields}.",
    ),
    "search_text": Localized(
        "Tulis kata yang dicari, paling banyak {maximum} karakter.",
        "Write the words to search for, {maximum} characters at most.",
    ),
    "search_unready": Localized(
        "Indeks pencarian sedang dibuat. Coba lagi sebentar lagi.",
        "The index of the search is still being made. Try again in a moment.",
    ),
    "groups_many": Localized(
        "Pertanyaan ini membentuk lebih dari {maximum} kelompok. Saring lebih sempit, kelompokkan menurut lebih "
        "sedikit hal, atau pakai periode yang lebih panjang.",
        "The question makes more than {maximum} groups. Filter more narrowly, group by fewer things, or by longer "
        "periods.",
    ),
    "groups_by_twice": Localized('"by" menyebut {name} dua kali.', '"by" names {name} twice.'),
    "groups_by_many": Localized('"by" menerima paling banyak {maximum} hal.', '"by" takes at most {maximum} things.'),
    "groups_compare_range": Localized(
        '"compareTo" memerlukan rentang satu bidang waktu di filter, dengan awalnya, dan tidak di bawah "or" atau '
        '"not".',
        '"compareTo" needs a range of one field of time in the filter, with its beginning, and not below "or" or '
        '"not".',
    ),
    "time_zone_unknown": Localized(
        "Zona waktu ini tidak dikenal. Tulis seperti Asia/Jakarta.",
        "This time zone is not known. Write it like Asia/Jakarta.",
    ),
    "bucket_unit": Localized(
        '"{field}" adalah hari tanpa jam: pakai DAY atau yang lebih panjang, tanpa timeZone.',
        '"{field}" is a day without an hour: use DAY or longer, and no timeZone.',
    ),
    "area_level": Localized(
        "areaLevel harus CITY, DISTRICT, atau VILLAGE.", "areaLevel must be CITY, DISTRICT or VILLAGE."
    ),
    "not_connected": Localized("Kota ini belum menyambungkan {subject}.", "This city has not connected {subject}."),
    "argument_not_supported": Localized(
        'Sumber data ini tidak dapat menjalankan "{operation}" pada "{field}". Yang dapat: {supported}.',
        'This source cannot do "{operation}" on "{field}". It can: {supported}.',
    ),
    "department_unavailable": Localized(
        "Sumber data {source} pada {department} sedang tidak dapat dihubungi. Coba lagi nanti.",
        "The source {source} of {department} cannot be reached at the moment. Try again later.",
    ),
    "department_busy": Localized(
        "Terlalu banyak yang menunggu sumber data {source} pada {department}. Coba lagi sebentar lagi.",
        "Too many are waiting for the source {source} of {department}. Try again in a moment.",
    ),
    "department_quiet": Localized(
        "Sumber data {source} pada {department} tidak dibaca pada jam ini atas permintaan pemiliknya. Coba lagi nanti.",
        "The source {source} of {department} is not read at this hour, as its owner asks. Try again later.",
    ),
    "department_timeout": Localized(
        "Sumber data {source} pada {department} tidak menjawab dalam {waited_ms} milidetik. Coba lagi nanti.",
        "The source {source} of {department} did not answer within {waited_ms} milliseconds. Try again later.",
    ),
    "source_drifted": Localized(
        'Sumber data {source} tidak lagi memuat data untuk "{field}". Operator telah diberi tahu.',
        'The source {source} no longer holds the data of "{field}". The operators have been told.',
    ),
    "key_ambiguous": Localized(
        "Lebih dari satu data {subject} memakai kunci ini, jadi tidak ada yang tampil. Operator telah diberi tahu.",
        "More than one of {subject} carries this key, so none is shown. The operators have been told.",
    ),
    "source_refused": Localized(
        "Sumber data {source} pada {department} menolak pembacaan ini. Operator telah diberi tahu.",
        "The source {source} of {department} refused this read. The operators have been told.",
    ),
    "sign_in_unavailable": Localized(
        "Tanda masuk sedang tidak dapat diperiksa. Coba lagi sebentar lagi.",
        "Credentials cannot be checked at the moment. Try again in a moment.",
    ),
    "ledger_unwritten": Localized(
        "Pembacaan data pribadi ini belum dapat dicatat, jadi datanya tidak ditampilkan. Coba lagi sebentar lagi; data "
        "publik tidak terpengaruh.",
        "This read of personal data cannot be recorded at the moment, so the data is not shown. Try again in a moment; "
        "public data is not affected.",
    ),
    "ledger_unread": Localized(
        "Catatan pembacaan sedang tidak dapat dibuka. Coba lagi sebentar lagi.",
        "The record of reads cannot be opened at the moment. Try again in a moment.",
    ),
    "rights_unavailable": Localized(
        "Permohonan tentang data pribadi sedang tidak dapat dicatat atau dibuka. Coba lagi sebentar lagi.",
        "Requests about personal data cannot be registered or opened at the moment. Try again in a moment.",
    ),
    "rights_residents_only": Localized(
        "Hanya warga yang masuk dengan NIK terverifikasi dapat meminta ini, untuk data dirinya sendiri.",
        "Only a resident who signed in with a verified resident number may ask this, for their own data.",
    ),
    "rights_inbox_only": Localized(
        "Hanya pejabat pelindungan data pribadi, dengan Hub-Purpose: {purpose}, dapat membuka permohonan warga.",
        "Only the data protection officer, with Hub-Purpose: {purpose}, may open people's requests.",
    ),
    "rights_request_unknown": Localized("Permohonan ini tidak ada.", "There is no such request."),
    "rights_state_conflict": Localized(
        "Permohonan ini sekarang {state}; setelah itu hanya boleh: {following}. Lihat keadaannya lalu putuskan lagi.",
        "The request is now {state}; only these may follow: {following}. Look at it and decide again.",
    ),
    "rights_refusal_reason": Localized(
        'Penolakan memerlukan alasan dalam "note".', 'A refusal needs its reason in "note".'
    ),
    "consent_not_basis": Localized(
        "Tujuan {purpose} tidak bersandar pada persetujuan. Yang bersandar padanya: {known}.",
        "The purpose {purpose} does not rest on consent. What does: {known}.",
    ),
    "department_unknown": Localized(
        "Tidak ada perangkat daerah dengan kode ini yang menyimpan data warga. Yang ada: {known}.",
        "No department of this code holds data of people. Known are: {known}.",
    ),
    "text_long": Localized(
        "Teks ini paling banyak {maximum} karakter.", "The text may have at most {maximum} characters."
    ),
    "operation_cancelled": Localized("Permintaan dibatalkan.", "The request was cancelled."),
    "internal": Localized(
        "Terjadi kesalahan pada hub. Sebutkan nomor permintaan {request_id}.",
        "Something went wrong in the hub. Mention the request id {request_id}.",
    ),
}
