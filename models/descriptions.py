"""What records and their fields are, in Indonesian: one entry per sentence that a record says of itself in English."""

from __future__ import annotations

from models.localized import Localized
from models.records import Field, Record

INDONESIAN: dict[str, str] = {
    # Records
    "A call to the emergency number, and what was done about it.": "Panggilan ke nomor darurat dan penanganannya.",
    "A complaint with the moments of its handling: what times of handling are measured of, never shown row by row.": (
        "Pengaduan dengan saat-saat penanganannya: bahan hitung lama penanganan, tidak pernah ditampilkan per baris."
    ),
    "A hospital in the city (FHIR R4: Organization and Location).": (
        "Rumah sakit di kota ini (FHIR R4: Organization dan Location)."
    ),
    "A kind of license, what it costs and how long the city takes to grant it.": (
        "Jenis izin, biayanya, dan berapa lama kota menerbitkannya."
    ),
    "A kind of problem that complaints are grouped by (Open311: a service).": (
        "Jenis masalah yang dipakai mengelompokkan pengaduan (Open311: service)."
    ),
    "A market of the city, where prices are noted every day.": "Pasar di kota ini, tempat harga dicatat setiap hari.",
    "A part of the city, and everything that happens in it and below it.": (
        "Bagian wilayah kota dan semua yang terjadi di dalamnya."
    ),
    "A permission of the city to do something (schema.org GovernmentPermit).": (
        "Izin dari kota untuk melakukan sesuatu (schema.org GovernmentPermit)."
    ),
    "A pupil's application for a place at a school; it concerns the pupil and nobody else.": (
        "Pendaftaran seorang murid ke sekolah; hanya menyangkut murid itu sendiri."
    ),
    "A report by a resident, and what the city did about it (Open311: a service request).": (
        "Pengaduan warga dan tindak lanjut kota (Open311: service request)."
    ),
    "A request for a license; it concerns the applicant and nobody else.": (
        "Permohonan izin; hanya menyangkut pemohonnya sendiri."
    ),
    "A school (schema.org School); its number is the ministry's and its key as well.": (
        "Sekolah (schema.org School); nomornya dari kementerian dan juga menjadi kuncinya."
    ),
    "A service that the city offers (CPSV-AP 3.2: Public Service).": (
        "Layanan yang diberikan kota (CPSV-AP 3.2: Public Service)."
    ),
    "A vacancy that an employer has published and the city has verified (schema.org JobPosting).": (
        "Lowongan yang dipasang pemberi kerja dan sudah diverifikasi kota (schema.org JobPosting)."
    ),
    "A warning to everybody (CAP 1.2: alert with its info); the fields are named as the standard names them.": (
        "Peringatan untuk semua orang (CAP 1.2: alert dan info); nama bidang mengikuti standarnya."
    ),
    "An application for a posting.": "Lamaran untuk sebuah lowongan.",
    "An article of the city's news portal (schema.org: NewsArticle).": (
        "Artikel portal berita kota (schema.org: NewsArticle)."
    ),
    "How many beds of one class of care a hospital has, and how many of them are free (BPJS Aplicares).": (
        "Jumlah tempat tidur satu kelas perawatan di rumah sakit dan yang masih kosong (BPJS Aplicares)."
    ),
    "One event; of what happens again and again, each time is an event of its own (schema.org Event).": (
        "Satu kegiatan; kegiatan berulang dihitung satu untuk setiap kalinya (schema.org Event)."
    ),
    "One step in the handling of a complaint.": "Satu langkah penanganan pengaduan.",
    "Somebody who is or was registered in the city (EU Core Person).": (
        "Orang yang sedang atau pernah terdaftar di kota ini (EU Core Person)."
    ),
    "Something that is sold in markets by one unit, so that its prices can be compared.": (
        "Barang yang dijual di pasar dengan satu satuan, sehingga harganya dapat dibandingkan."
    ),
    "The price of one commodity in one market on one day (schema.org UnitPriceSpecification).": (
        "Harga satu komoditas di satu pasar pada satu hari (schema.org UnitPriceSpecification)."
    ),
    "When a doctor can be seen in an outpatient clinic of a hospital (FHIR R4: PractitionerRole, availableTime).": (
        "Jadwal praktik dokter di poliklinik rumah sakit (FHIR R4: PractitionerRole, availableTime)."
    ),
    # Keys
    "The key of the application in its source": "Kunci permohonan di sistem asal",
    "The key of the area in its source": "Kunci wilayah di sistem asal",
    "The key of the alert in its source": "Kunci peringatan di sistem asal",
    "The key of the article in its source": "Kunci artikel di sistem asal",
    "The key of the category in its source": "Kunci kategori di sistem asal",
    "The key of the commodity": "Kunci komoditas",
    "The key of the commodity: its name with its unit": "Kunci komoditas: nama dengan satuannya",
    "The key of the complaint": "Kunci pengaduan",
    "The key of the complaint in its source": "Kunci pengaduan di sistem asal",
    "The key of the count: that of the hospital and the class of care": (
        "Kunci hitungan: kunci rumah sakit dan kelas perawatan"
    ),
    "The key of the event: that of the calendar, and its time where the event happens again": (
        "Kunci kegiatan: kunci dari kalender, ditambah waktunya bila kegiatan berulang"
    ),
    "The key of the hospital": "Kunci rumah sakit",
    "The key of the hospital in its source": "Kunci rumah sakit di sistem asal",
    "The key of the kind in its source": "Kunci jenis di sistem asal",
    "The key of the license in its source": "Kunci izin di sistem asal",
    "The key of the market": "Kunci pasar",
    "The key of the person in the register": "Kunci orang di dalam register",
    "The key of the posting": "Kunci lowongan",
    "The key of the posting in its source": "Kunci lowongan di sistem asal",
    "The key of the price: that of its day, its market and its commodity": "Kunci harga: hari, pasar, dan komoditasnya",
    "The key of the report in its source": "Kunci laporan di sistem asal",
    "The key of the schedule in its source": "Kunci jadwal di sistem asal",
    "The key of the school in its source": "Kunci sekolah di sistem asal",
    "The key of the service in its source": "Kunci layanan di sistem asal",
    "The key of the step in its source": "Kunci langkah di sistem asal",
    # People
    "The resident number (NIK), 16 digits": "Nomor induk kependudukan (NIK), 16 angka",
    "The name as registered": "Nama sesuai register",
    "The sex as registered": "Jenis kelamin sesuai register",
    "The date of birth": "Tanggal lahir",
    "The place of birth, in words": "Tempat lahir",
    "Whether the person is married": "Status perkawinan",
    "The person's place in the city": "Status kependudukan di kota ini",
    "The number of the family card (KK)": "Nomor kartu keluarga (KK)",
    "The telephone number": "Nomor telepon",
    "The e-mail address, in small letters": "Alamat surel, dalam huruf kecil",
    "The code of the village of the registered address": "Kode kelurahan alamat terdaftar",
    "The neighbourhood (RT) of the registered address": "RT alamat terdaftar",
    "The group of neighbourhoods (RW) of the registered address": "RW alamat terdaftar",
    "The resident number of the applicant": "NIK pemohon",
    "The resident number of the holder": "NIK pemegang izin",
    "The resident number of the reporter": "NIK pelapor",
    "The resident number on the application": "NIK pada pendaftaran",
    "The name of the holder": "Nama pemegang izin",
    "The name of the pupil": "Nama murid",
    "The pupil's date of birth": "Tanggal lahir murid",
    "The pupil's number (NISN, 10 digits)": "Nomor induk siswa nasional (NISN, 10 angka)",
    "The tax number (NPWP) of the business": "Nomor pokok wajib pajak (NPWP) usaha",
    "The name that the applicant gave": "Nama yang diisi pelamar",
    "The address that the applicant gave, in small letters": "Alamat surel yang diisi pelamar, dalam huruf kecil",
    "What the applicant wrote": "Yang ditulis pelamar",
    "The name that the caller gave": "Nama yang disebut penelepon",
    "The number that the call came from": "Nomor telepon penelepon",
    "What the caller said": "Yang disampaikan penelepon",
    # Complaints and emergencies
    "The code of the category": "Kode kategori",
    "The name of the category": "Nama kategori",
    "The wider group that the category belongs to": "Kelompok yang memuat kategori ini",
    "The number that the reporter was given": "Nomor tiket yang diterima pelapor",
    "The code of the kind of problem": "Kode jenis masalah",
    "Whether the city still has to act": "Apakah kota masih harus bertindak",
    "How far the city is": "Sejauh mana kota menanganinya",
    "How far the city was after the step": "Sejauh mana penanganan setelah langkah ini",
    "Who may know of the complaint": "Siapa yang boleh mengetahui pengaduan ini",
    "How the complaint reached the city": "Lewat mana pengaduan masuk",
    "When the resident reported it": "Kapan warga melapor",
    "The code of the area that the complaint is about": "Kode wilayah yang diadukan",
    "The code of the department that handles it": "Kode dinas yang menangani",
    "The code of the department that handles the complaint": "Kode dinas yang menangani pengaduan",
    "Where the problem is": "Letak masalah",
    "Where the problem is, in words": "Letak masalah, dengan kata-kata",
    "What the resident wrote": "Yang ditulis warga",
    "When the first step was taken": "Kapan langkah pertama diambil",
    "When the last step was taken that said it was done": "Kapan langkah terakhir yang menyatakan selesai diambil",
    "When the step was taken": "Kapan langkah ini diambil",
    "What the department answered": "Jawaban dinas",
    "The number of the report": "Nomor laporan",
    "What the call turned out to be": "Hasil penilaian panggilan",
    "What threatened whom": "Jenis kejadian",
    "When the call came in": "Kapan panggilan masuk",
    "When the first team was sent; null where none was": "Kapan tim pertama berangkat; kosong bila tidak ada",
    "When the first team was there": "Kapan tim pertama tiba",
    "When the report was closed; null while it is open": "Kapan laporan ditutup; kosong selama masih terbuka",
    "The code of the area that it happened in": "Kode wilayah kejadian",
    "How many people died": "Jumlah korban meninggal",
    "How many people were hurt": "Jumlah korban luka",
    "Where help was needed": "Letak pertolongan",
    "Where help was needed, in words": "Letak pertolongan, dengan kata-kata",
    "The identifier that its sender gave it": "Pengenal dari pengirimnya",
    "Who sent it, by a name that is unique on the internet": "Pengirim, dengan nama yang unik di internet",
    "Who sent it, in words": "Pengirim, dengan kata-kata",
    "When it was sent": "Kapan dikirim",
    "What the alert is for": "Untuk apa peringatan ini",
    "How it relates to the alerts before it": "Hubungannya dengan peringatan sebelumnya",
    "Whom it is meant for": "Untuk siapa peringatan ini",
    "What kinds of event it is about": "Golongan-golongan kejadiannya",
    "The event, in words": "Kejadiannya, dengan kata-kata",
    "How soon to act": "Seberapa segera harus bertindak",
    "How bad it is": "Seberapa berat",
    "How sure it is": "Seberapa pasti",
    "From when on it counts; null for when it was sent": "Mulai berlaku; kosong berarti sejak dikirim",
    "When the event is expected to begin": "Perkiraan mulai kejadian",
    "When it no longer counts": "Kapan tidak berlaku lagi",
    "The language of its texts (BCP 47)": "Bahasa teksnya (BCP 47)",
    "The headline": "Judul",
    "What happens": "Apa yang terjadi",
    "What to do": "Apa yang harus dilakukan",
    "A page that says more": "Halaman dengan penjelasan lebih lanjut",
    "Where, in words": "Di mana, dengan kata-kata",
    "The codes of the areas that it is for, where it names them": "Kode wilayah yang disebut peringatan ini",
    "The code of the smallest area that all of these lie in": "Kode wilayah terkecil yang memuat semuanya",
    # Areas and places
    "The official dotted code of the area (Kemendagri)": "Kode resmi wilayah bertitik (Kemendagri)",
    "The name of the area": "Nama wilayah",
    "Whether the area is the city, a district or a village": "Apakah kota, kecamatan, atau kelurahan",
    "The code of the area around this one": "Kode wilayah di atasnya",
    "The code that the statistics office (BPS) has for the area: it looks like the official code of another area": (
        "Kode wilayah menurut BPS: mirip dengan kode resmi wilayah lain"
    ),
    "The postal code": "Kode pos",
    "A point in the middle of the area; approximate": "Titik di tengah wilayah; kira-kira",
    "The code of the district of the work place": "Kode kecamatan tempat kerja",
    "The code of the district or village that it is in": "Kode kecamatan atau kelurahan tempatnya",
    "The code of the district that it is in": "Kode kecamatan tempatnya",
    "The code of the district that it is in; approximate": "Kode kecamatan tempatnya; kira-kira",
    "The code of the village that it is in": "Kode kelurahan tempatnya",
    # Licenses
    "The number of the decree that grants it": "Nomor surat keputusan izin",
    "The code of the kind of license": "Kode jenis izin",
    "The code of the kind of license that is asked for": "Kode jenis izin yang dimohon",
    "The name of the kind of license": "Nama jenis izin",
    "Whether the license is in force": "Apakah izin masih berlaku",
    "The day on which it was granted": "Tanggal terbit",
    "The last day of its validity; null where it has none": "Hari terakhir berlaku; kosong bila tanpa batas",
    "The name of the business that it is for": "Nama usaha",
    "The code that the statistics office (BPS) has for the area of the business": "Kode wilayah usaha menurut BPS",
    "The code that the statistics office (BPS) has for the village or district of the business": (
        "Kode kelurahan atau kecamatan usaha menurut BPS"
    ),
    "What is asked for": "Apa yang dimohon",
    "How far the application is": "Sejauh mana permohonan diproses",
    "The day on which it was handed in": "Tanggal diajukan",
    "What it costs; null where the department does not say, zero where it is free": (
        "Biayanya; kosong bila dinas tidak menyebut, nol bila gratis"
    ),
    "How long the department takes at most, by its own promise": "Waktu paling lama menurut janji dinas",
    # Jobs
    "When the applicant applied": "Kapan pelamar melamar",
    "How far the employer is": "Sejauh mana pemberi kerja memprosesnya",
    "The title of the job": "Nama pekerjaan",
    "Who offers the job": "Pemberi kerja",
    "What the employer published about the job": "Penjelasan pemberi kerja",
    "The line of business in the department's words, no code of any standard": (
        "Bidang usaha menurut kata-kata dinas, bukan kode baku"
    ),
    "How the applicant would be employed": "Bentuk hubungan kerja",
    "The least education that is asked for": "Pendidikan paling rendah yang diminta",
    "The pay per month; null where it is to be negotiated": "Upah per bulan; kosong bila dirundingkan",
    "The first day of the posting": "Hari pertama lowongan",
    "The last day of the posting; null for none": "Hari terakhir lowongan; kosong bila tidak ada",
    "Whether applications are still welcome": "Apakah lamaran masih diterima",
    "Whether the city has verified the posting": "Apakah kota sudah memverifikasi lowongan",
    "Where the work place is, in the employer's words": "Tempat kerja, menurut pemberi kerja",
    # Health
    "The class of care that the beds are for": "Kelas perawatan tempat tidur",
    "How many beds there are": "Jumlah tempat tidur",
    "How many of the beds are free": "Jumlah tempat tidur yang kosong",
    "The ministry's code of the hospital (SIRS, 7 digits)": "Kode rumah sakit dari kementerian (SIRS, 7 angka)",
    "The name of the hospital": "Nama rumah sakit",
    "What the hospital is for": "Jenis rumah sakit",
    "What the hospital is equipped for": "Kelas rumah sakit",
    "Who owns the hospital, as the ministry groups owners": "Pemilik rumah sakit menurut golongan kementerian",
    "The phone number of the hospital": "Nomor telepon rumah sakit",
    "The address of the hospital": "Alamat rumah sakit",
    "Where the hospital is; approximate": "Letak rumah sakit; kira-kira",
    "The name of the doctor, as the hospital publishes it": "Nama dokter sebagaimana diumumkan rumah sakit",
    "The name of the clinic": "Nama poliklinik",
    "The day of the week": "Hari praktik",
    "When it begins, local time, HH:MM": "Mulai, waktu setempat, JJ:MM",
    "When it ends, local time, HH:MM": "Selesai, waktu setempat, JJ:MM",
    "How many patients are seen at most": "Jumlah pasien paling banyak",
    # News and events
    "The headline, as plain text": "Judul, teks biasa",
    "The section of the portal that it is in": "Rubrik di portal",
    "The text as safe HTML: no scripts, no styles, no event handlers": "Isi sebagai HTML aman: tanpa skrip dan gaya",
    "The text as plain text, a line for each paragraph": "Isi sebagai teks biasa, satu baris per paragraf",
    "When it was published": "Kapan terbit",
    "The file of its picture, as the portal names it": "Berkas gambarnya menurut portal",
    "Whether the portal shows it on top": "Apakah tampil di atas portal",
    "How often it was opened": "Berapa kali dibuka",
    "The name of the event": "Nama kegiatan",
    "What the event is about": "Tentang apa kegiatan ini",
    "The kind of event": "Jenis kegiatan",
    "When it begins": "Kapan mulai",
    "When it is over": "Kapan selesai",
    "Whether it is for whole days, from midnight to midnight": "Apakah sepanjang hari, dari tengah malam",
    "Where it takes place": "Letak kegiatan",
    "Where it takes place, in the words of who invites": "Tempat kegiatan, menurut pengundang",
    "The office that invites": "Kantor yang mengundang",
    "Where to read more": "Tempat membaca lebih lanjut",
    "Whether it takes place": "Apakah kegiatan berlangsung",
    "When its entry was last changed": "Kapan catatannya terakhir diubah",
    # Prices
    "The name of the commodity, without its unit": "Nama komoditas, tanpa satuan",
    "What its price is for": "Satuan harganya",
    "What the price is for": "Satuan harga ini",
    "The last day that it was listed on": "Hari terakhir tercatat",
    "The name of the market": "Nama pasar",
    "The last day of which there are prices": "Hari terakhir yang ada harganya",
    "The day that the price is of (schema.org: validFrom)": "Hari berlakunya harga (schema.org: validFrom)",
    "The price of one unit; null where it was not on sale that day": (
        "Harga satu satuan; kosong bila tidak dijual hari itu"
    ),
    # Schools
    "The ministry's number of the school": "Nomor pokok sekolah nasional (NPSN)",
    "The ministry's number of the school (NPSN, 8 digits)": "Nomor pokok sekolah nasional (NPSN, 8 angka)",
    "The name of the school": "Nama sekolah",
    "Which years it teaches": "Jenjang sekolah",
    "Who runs it": "Penyelenggara",
    "The address of the school": "Alamat sekolah",
    "Where the school is": "Letak sekolah",
    "How many new pupils it takes in a year": "Daya tampung murid baru per tahun",
    "The number that the applicant was given": "Nomor pendaftaran",
    "By which right the pupil applies": "Jalur pendaftaran",
    "Whether the school has looked at the documents": "Apakah sekolah sudah memeriksa berkas",
    "When it was handed in": "Kapan diajukan",
    # Services
    "The code of the service (CPSV-AP: identifier)": "Kode layanan (CPSV-AP: identifier)",
    "The name of the service": "Nama layanan",
    "What the service does": "Kegunaan layanan",
    "The ways to the service, the usual one first (CPSV-AP: hasChannel)": (
        "Saluran layanan, yang utama lebih dulu (CPSV-AP: hasChannel)"
    ),
    "What it costs; null where it depends or the office does not say, zero where it is free": (
        "Biayanya; kosong bila tergantung atau tidak disebut, nol bila gratis"
    ),
    "What the applicant has to bring (CPSV-AP: hasInputEvidence)": (
        "Syarat yang harus dibawa pemohon (CPSV-AP: hasInputEvidence)"
    ),
    "How long it takes at most, by the office's own promise": "Waktu paling lama menurut janji kantor",
    "What the service is about (CPSV-AP: thematicArea)": "Bidang layanan (CPSV-AP: thematicArea)",
    "The code of the department that is responsible": "Kode dinas yang bertanggung jawab",
    "Where the service is found or explained": "Tempat layanan ditemukan atau dijelaskan",
}
"""Its English is the key, so that a sentence that changes is missed here and not told wrongly."""


def of_record(record: type[Record]) -> Localized:
    """What a record is: the first sentence that it says of itself."""
    return _localized((record.__doc__ or record.name).strip().partition("\n")[0].partition(". ")[0].rstrip(".") + ".")


def of_field(field: Field) -> Localized:
    return _localized(field.description)


def _localized(english: str) -> Localized:
    # A city's own records may say what nobody has translated yet: better in English than not at all.
    return Localized(id=INDONESIAN.get(english, english), en=english)
