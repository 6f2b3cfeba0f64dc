"""The words of a sheet in both languages: one entry per sentence; sheet_pages.py fills it."""

from __future__ import annotations

from connectors.sheet import Ask, Reason
from models.localized import Localized
from models.policy import Rule
from models.records import PersonalClass
from models.viewer import Role

WORDS: dict[str, Localized] = {
    "title": Localized("Lembar sumber data {name}", "Source sheet: {name}"),
    "intro": Localized(
        "Lembar ini menyatakan apa yang dibaca Simpul, hub data {city}, dari sistem {title} milik {department}, untuk "
        "apa, dan sebanyak apa. Lembar dibuat dari konfigurasi yang sedang berjalan; tidak ada data orang di dalamnya.",
        "This sheet states what Simpul, the data hub of {city}, reads of the system {title} of {department}, what for, "
        "and how much. It is made from the configuration that runs; it holds nobody's data.",
    ),
    "publisher": Localized("Penerbit", "Publisher"),
    "contact": Localized("Kontak", "Contact"),
    "license": Localized("Lisensi data", "Data licence"),
    "update_rhythm": Localized("Ritme pembaruan", "Update rhythm"),
    "department": Localized("Dinas", "Department"),
    "system": Localized("Sistem", "System"),
    "purpose": Localized("Untuk apa", "What for"),
    "columns": Localized("Kolom yang dibaca dan alasannya", "Columns read, and why"),
    "column": Localized("Kolom", "Column"),
    "field": Localized("Bidang", "Field"),
    "meaning": Localized("Arti", "Meaning"),
    "class": Localized("Golongan", "Class"),
    "readers": Localized("Siapa yang boleh membaca", "Who may read it"),
    "read_by_hub": Localized("hanya hub", "the hub only"),
    "everybody": Localized("semua orang", "everybody"),
    "nobody": Localized("tidak seorang pun", "nobody"),
    "rows_alive": Localized("Hanya baris dengan {condition}.", "Only rows where {condition}."),
    "is_null": Localized("{column} kosong", "{column} is null"),
    "is_one": Localized("{column} = {values}", "{column} = {values}"),
    "is_one_of": Localized("{column} salah satu dari {values}", "{column} is one of {values}"),
    "and": Localized(" dan ", " and "),
    "only_open": Localized(
        "Data ini hanya ada bagi orang yang bersangkutan, dan bagi petugas dinas ini setelah menyatakan tujuannya; "
        "bagi yang lain seakan tidak ada.",
        "These records exist only for the person whom they are about, and for an officer of the department who has "
        "stated a purpose; for everybody else there are none.",
    ),
    "row_rule": Localized(
        "Baris yang tidak dipublikasikan disembunyikan; hanya dinas yang menangani dan orang yang bersangkutan yang "
        "melihat lebih banyak.",
        "Rows that are not published are hidden; only the department that handles them and the person whom they are "
        "about see more.",
    ),
    "rights": Localized("Hak akses", "Rights"),
    "rights_intro": Localized(
        "Hub tidak memerlukan hak lain daripada ini. Ganti yang ada di dalam kurung siku.",
        "The hub needs no other right than these. Replace what stands in angle brackets.",
    ),
    "no_users": Localized(
        "Basis data ini berupa berkas SQLite, yang tidak mengenal pengguna: hub membukanya hanya untuk dibaca.",
        "This database is an SQLite file, which knows no users: the hub opens it for reading only.",
    ),
    "places": Localized("Berkas dan alamat yang dibaca", "Files and addresses that are read"),
    "places_intro": Localized(
        "Sistem ini bukan basis data yang ditanyai dengan SQL. Hub membaca yang berikut dan tidak menulis apa pun.",
        "This system is no database that is asked with SQL. The hub reads the following and writes nothing.",
    ),
    "place_setting": Localized(
        "Alamat atau folder yang ditetapkan dalam HUB_SOURCE_{name}_URL.",
        "The address or folder that HUB_SOURCE_{name}_URL names.",
    ),
    "statements": Localized("Contoh perintah", "Statement templates"),
    "statements_intro": Localized(
        "Begini perintah yang dikirim hub; tanda tempat menggantikan nilai. Rencana menyebut bagaimana basis data "
        "menjalankannya sekarang. Penyaring menambah syarat pada WHERE, urutan mengganti ORDER BY.",
        "These are the statements that the hub sends, with placeholders for values. A plan says how the database runs "
        "one now. A filter adds conditions to WHERE, an order replaces ORDER BY.",
    ),
    "plan": Localized("Rencana", "Plan"),
    "not_reached": Localized("sumber tidak terjangkau, jadi tanpa rencana", "the source is not reached, so no plan"),
    "no_plan": Localized("tidak ada rencana: {failure}", "no plan: {failure}"),
    "searches": Localized("mencari di {table} lewat indeks {index}", "finds rows of {table} by the index {index}"),
    "searches_plain": Localized("mencari di {table}", "finds rows of {table}"),
    "walks": Localized("membaca {table} dari ujung", "reads {table} from one end"),
    "walks_index": Localized(
        "membaca {table} dari ujung menurut indeks {index}", "reads {table} from one end in the order of {index}"
    ),
    "sorts": Localized("mengurutkan", "sorts"),
    "reads_nothing": Localized("tidak membaca tabel", "reads no table"),
    "load": Localized("Beban yang diizinkan", "Load contract"),
    "connections_max": Localized(
        "Koneksi sekaligus, untuk seluruh hub: paling banyak {value}.",
        "Connections at once, for the whole hub: {value} at most.",
    ),
    "statement_ms_max": Localized(
        "Satu perintah berjalan paling lama {value} milidetik; setelah itu basis data sendiri menghentikannya.",
        "A statement runs for {value} milliseconds at most; then the database itself ends it.",
    ),
    "statements_per_second_max": Localized(
        "Paling banyak {value} perintah per detik, untuk seluruh hub.",
        "At most {value} statements in a second, for the whole hub.",
    ),
    "quiet_hours": Localized(
        "Jam tenang, waktu setempat, saat sistem tidak ditanyai sama sekali: {value}.",
        "Quiet hours, local time, in which the system is not asked at all: {value}.",
    ),
    "scan_rows_max": Localized(
        "Penyaring atau urutan yang memaksa basis data membaca lebih dari {value} baris sebuah tabel ditolak, kecuali "
        "yang disebut di bawah.",
        "A filter or an order that would make the database read more than {value} rows of a table is refused, except "
        "for those that are named below.",
    ),
    "scan_allowed": Localized("{record}.{field} boleh, karena: {reason}", "{record}.{field} may, because: {reason}"),
    "read_only": Localized(
        "Sesi hanya untuk membaca. Setiap perintah diawali komentar /* simpul nama_operasi */.",
        "Sessions are read-only. Each statement begins with the comment /* simpul operation_name */.",
    ),
    "retention": Localized("Penyimpanan", "Retention"),
    "keeps_nothing": Localized(
        "Hub tidak menyimpan salinan sumber ini: setiap jawaban dibaca dari sistem asal dan dilupakan setelah dikirim. "
        "Log memuat nama dan jumlah, tidak pernah nilai.",
        "The hub keeps no copy of this source: each answer is read from the system and forgotten once it is sent. Logs "
        "hold names and counts, never a value.",
    ),
    "keeps_copy": Localized(
        "Hub menyimpan satu salinan kolom di atas, diperbarui setiap {seconds} detik, paling banyak {rows} baris "
        "dan {bytes} bita. Salinan lama dihapus begitu yang baru utuh. Log memuat nama dan jumlah, tidak pernah nilai.",
        "The hub keeps one copy of the columns above, made again every {seconds} seconds, of at most {rows} rows and "
        "{bytes} bytes. The old copy is removed once the new one is whole. Logs hold names and counts, never a value.",
    ),
    "searched": Localized(
        "{record}: kata-kata dari {fields}, yang boleh dilihat semua orang, disimpan agar dapat dicari, dan dibuat "
        "ulang secara berkala.",
        "{record}: the words of {fields}, which everybody may see, are kept so that they can be searched, and are made "
        "anew again and again.",
    ),
    "fresh": Localized(
        "{record}: dianggap segar selama {fresh} detik.", "{record}: counts as fresh for {fresh} seconds."
    ),
    "signatures": Localized("Persetujuan", "Agreed"),
    "for_owner": Localized("Untuk pemilik sistem", "For the owner of the system"),
    "for_hub": Localized("Untuk pengelola hub", "For the operator of the hub"),
    "name_line": Localized("Nama", "Name"),
    "date_line": Localized("Tanggal", "Date"),
    "signature_line": Localized("Tanda tangan", "Signature"),
}

ROLES: dict[Role, Localized] = {
    Role.ANONYMOUS: Localized("tamu", "anonymous"),
    Role.DEVELOPER: Localized("pengembang", "developer"),
    Role.CITIZEN: Localized("warga", "citizen"),
    Role.OFFICER: Localized("petugas", "officer"),
    Role.ANALYST: Localized("analis", "analyst"),
    Role.AUDITOR: Localized("auditor", "auditor"),
    Role.OPERATOR: Localized("operator", "operator"),
    Role.DPO: Localized("pejabat pelindungan data pribadi", "data protection officer"),
}

RULES: dict[tuple[Role | None, Rule], Localized] = {
    (Role.CITIZEN, Rule.OPEN): Localized("hanya miliknya", "only their own"),
    (Role.CITIZEN, Rule.OPEN_OR_MASK): Localized("miliknya; selain itu disamarkan", "their own; others masked"),
    (Role.OFFICER, Rule.OPEN): Localized(
        "hanya yang ditangani dinasnya, dengan tujuan", "only what their department handles, with a purpose"
    ),
    (Role.OFFICER, Rule.OPEN_OR_MASK): Localized(
        "yang ditangani dinasnya, dengan tujuan; selain itu disamarkan",
        "what their department handles, with a purpose; others masked",
    ),
    (Role.OFFICER, Rule.UNLOCK): Localized(
        "disamarkan di yang ditangani dinasnya; dibuka satu per satu, dengan tujuan dan tercatat",
        "masked in what their department handles; unlocked one by one, with a purpose and on record",
    ),
    (None, Rule.ALLOW): Localized("boleh", "all"),
    (None, Rule.OPEN): Localized("hanya baris yang terbuka baginya", "only rows that are open to them"),
    (None, Rule.OPEN_OR_MASK): Localized("disamarkan", "masked"),
    (None, Rule.UNLOCK): Localized("disamarkan, dapat dibuka satu per satu", "masked, can be unlocked one by one"),
    (None, Rule.DENY): Localized("tidak", "none"),
}
"""What a rule means for a role; None for every other role."""

CLASSES: dict[PersonalClass, Localized] = {
    PersonalClass.NON_PERSONAL: Localized("bukan data pribadi", "not personal"),
    PersonalClass.GENERAL: Localized("data pribadi umum", "personal, general"),
    PersonalClass.SPECIFIC: Localized("data pribadi spesifik", "personal, specific"),
    PersonalClass.FREE_TEXT: Localized("teks bebas", "free text"),
}

REASONS: dict[Reason, Localized] = {
    Reason.ALIVE: Localized("Menentukan baris mana yang ada", "Says which rows exist"),
    Reason.AS_OF: Localized("Menentukan umur baris", "Says how old a row is"),
    Reason.SORTS: Localized("Dipakai mengurutkan", "Is what lists are sorted by"),
    Reason.JOINS: Localized("Menghubungkan tabel-tabel", "Ties the tables together"),
}

ASKS: dict[Ask, Localized] = {
    Ask.BY_KEY: Localized("Satu baris menurut kuncinya", "One row by its key"),
    Ask.PAGE: Localized("Satu halaman daftar", "A page of a list"),
    Ask.OF_PARENTS: Localized("Baris pertama dari banyak induk", "The first rows of many parents"),
    Ask.COUNT: Localized("Jumlah baris", "How many rows"),
}
