"""The lexicon: words and abbreviations of Indonesian and English by concept. Data without logic.

A concept is a name in capitals. A word may have several; abbreviations are those of tables and columns.
"""

from __future__ import annotations

QUALIFIERS = {
    "ID": "id key kunci pk seq rowid serial uid",
    "NUMBER": "no nomor number num nmr nomer nbr",
    "CODE": "kd kode code kod cd slug",
    "NAME": "nm nama name nma named",
    "DATE": "tgl tanggal tggl date dt at when tg day tgal",
    "TIME": "jam pukul waktu time hour clock jm",
}
"""Kinds of values. They tell columns apart less than subjects do."""

TOPICS = {
    "ACTIVE": (
        "operasional operational beroperasi aktif active enabled enable sdata statusdata tampil show visible aktv"
    ),
    "ADDRESS": "alamat address almt addr lokasi location lok jalan street jl where alm",
    "APPLICANT": "pemohon pelamar applicant mohon pelmr",
    "APPLICATION": "permohonan lamaran lamar lamars application apply applied mohon pengajuan dpi asks asked",
    "AREA": (
        "desa kelurahan kel village villages kec kecamatan district wilayah wil area region daerah subdistrict klrhn "
        "kcmtn ward zone suburb kelur kecam"
    ),
    "AVAILABLE": "tersedia available kosong free sisa vacant",
    "BED": "bed beds kamar room rooms ranjang tempattidur tt",
    "BIRTH": "lahir birth lhr born dob kelahiran",
    "BODY": "isi body content contents konten naskah html",
    "BPS": "bps statistics",
    "BUSINESS": "usaha perusahaan company business employer firm organization organisation hiring pt badanusaha persh",
    "CALL": "panggilan call caller penelepon phoned pelaporan pelapor",
    "CAPACITY": "kapasitas capacity kap dayatampung tampung total jumlah jml",
    "CARD": "kk kartukeluarga familycard",
    "CATEGORY": "kategori category kat katg ktg kateg klasifikasi topik topic problem categories",
    "CHANNEL": "sumber channel kanal media source via saluran asal origin reached",
    "CHANGE": (
        "change changes perubahan riwayat history histori log logs tanggapan tindaklanjut step steps tracking event "
        "replies answers balasan"
    ),
    "CLASS": "kelas class kls",
    "CLINIC": "poli poliklinik klinik clinic service layanan unitlayanan spesialis",
    "CLOSES": "tutup closes closed close selesai ends end akhir berakhir finish closing slsai",
    "COMMODITY": "komoditas komoditi barang commodity kmdt",
    "COMPLAINT": (
        "pengaduan aduan adu complaint complaints laporan lapor report reports keluhan request requests issue issues "
        "ticketing pgdn adn"
    ),
    "DELETED": "hapus deleted dihapus del delete trash sampah void discarded dibuang erased removed archived",
    "DEPARTMENT": "opd dinas skpd department dept instansi agency badan satker handles handling unitkerja",
    "DESCRIPTION": (
        "ket keterangan uraian deskripsi description desc detail details isi wrote message narasi teks text rincian"
    ),
    "DOCTOR": "dokter doctor practitioner physician dr medis dpjp provider dktr doctors",
    "EDUCATION": "pendidikan education pend pddk ijazah degree jenjang qualification",
    "EMAIL": "email surel mail emails",
    "EMERGENCY": "pelaporan darurat emergency bencana kejadian incident disaster insiden gawat",
    "EVENT": "acara kegiatan agenda event events",
    "EXPIRES": (
        "berakhir akhir expires expired expiry until through berlaku habis masa exp sampai sd validity last kadaluarsa"
    ),
    "FAMILY": "keluarga family kk household klg",
    "FEE": "biaya retribusi fee tarif cost costs bea charge",
    "GROUP": "kelompok klp group grup golongan gol wider bidang",
    "HEADLINE": "headline utama featured top judul title jdl",
    "HOLDER": "pemilik holder pemegang licensee",
    "HOSPITAL": "rumahsakit rs hospital hospitals rumkit faskes rsud facility facilities",
    "IMAGE": "gambar foto image photo picture img pic file",
    "INDUSTRY": "bidang industry sektor sector line",
    "ISSUED": "terbit issued diterbitkan issue granted penetapan sk trbt",
    "JOB": "lowongan loker vacancy vacancies job jobs posting postings pekerjaan lwg work kerja",
    "KIND": "jns jenis type tipe kind typ macam jn jenjang",
    "LATITUDE": "lat latitude lintang ltg ltd",
    "LETTER": "surat letter cover",
    "LEVEL": "tingkat level jenjang hirarki",
    "LICENSE": "izin ijin license licenses licence licences permit permits perizinan decree sk",
    "LONGITUDE": "lng lon long longitude bujur bjr",
    "MARKET": "pasar market psr",
    "MARRIED": "kawin nikah marital married kwn perkawinan",
    "NEIGHBOURHOOD": "rt neighbourhood neighborhood",
    "COMMUNITY": "rw community groupofneighbourhoods",
    "NEWS": "berita news artikel article articles warta portal post",
    "NIK": "nik ktp noktp identitas ident nasional national resident nokpt noidentitas citizen",
    "NOTE": (
        "catatan note notes message messages msg pesan tanggapan jawaban respon response reply answer answered "
        "comment komentar tindakan memo remark remarks"
    ),
    "OCCUPIED": "terisi occupied isi_kosong dipakai",
    "OPENS": "buka mulai opens opened open begins start starts posted awal first tayang published publish",
    "OWNER": "pemilik milik owner kepemilikan owns penyelenggara",
    "PATHWAY": "jalur pathway right jlr",
    "DISPATCHED": "berangkat dispatched sent dikirim brngkt",
    "ARRIVED": "tiba arrived sampai datang",
    "DEATHS": "meninggal deaths died tewas dead",
    "INJURED": "luka injured hurt cedera",
    "PARENT": "induk parent atasan around",
    "PAY": "gaji salary upah pay wage wages penghasilan honor",
    "PERSON": "penduduk warga citizen citizens person people orang jiwa residents population",
    "PHONE": "telp telepon tlp tlpn hp phone mobile handphone nohp wa whatsapp kontak contact tel telephone",
    "PLACE": "tempat place tmp tmpt tpt born",
    "POSITION": "koordinat coordinate coordinates position posisi geo point titik",
    "POSTAL": "pos kodepos postal zip postcode",
    "PRICE": "harga price hrg",
    "PUBLICATION": (
        "publikasi publication privasi privacy visibility sifat kerahasiaan may know access akses disclosure"
    ),
    "PUPIL": "siswa pupil student murid nisn anak",
    "QUOTA": "maks maksimal maksimum max maximum limit batas kuota quota kuot pagu",
    "REFUSED": "alasan refused reason",
    "REGISTERED": "dasar pendaftaran daftar pndftrn registered registration register terdaftar",
    "REPORTER": "pelapor reporter pengadu plapor requester complainant lapor",
    "SCHEDULE": "jadwal schedule schedules jdwl praktik praktek roster",
    "SCHOOL": "sekolah school npsn schools",
    "SECTION": "kategori section rubrik kanal",
    "SERVICE": "layanan pelayanan service services jasa",
    "SEX": "sex gender jk kelamin jnskel jeniskelamin lp",
    "STATUS": "st stts status sts stat state kondisi whether far",
    "SUBMITTED": (
        "masuk submitted submit requested reported created terima diterima received daftar ajukan diajukan handed "
        "entry "
        "input dibuat buat lapor pengajuan applied kirim created pendaftaran add"
    ),
    "TAX": "npwp tax pajak",
    "TICKET": "tiket ticket tkt reference ref registrasi noreg reg agenda",
    "TITLE": "judul title jdl jabatan posisi position",
    "UNIT": "satuan unit measure",
    "YEAR": "tahun thn year years tahunan",
    "LATEST": "terakhir latest current sekarang",
    "UPDATED": "update updated lastupdate modified ubah diubah perbarui mod changed",
    "VALID": "valid berlaku",
    "VERIFIED": "verifikasi verified verification verif ver validasi checked looked",
    "VIEWS": "dibaca views hits dilihat hit viewed counter often pembaca",
    "WARD": "bangsal ward ruang ruangan",
    "WEEKDAY": "hari weekday harikerja hr",
    "PROMISED": "waktu promised lama durasi duration janji sla processing",
    "FLAG": "flag flags flg",
    "FULL": "lengkap full",
}
"""Subjects."""

PEOPLE = {
    "ACCOUNT": "user users account accounts login logins akun pengguna admin admins operator operators member members",
    "STAFF": (
        "pegawai karyawan staff employee employees petugas personil agent agents officer officers guru teacher "
        "teachers worker workers informant author penulis"
    ),
    "PATIENT": "pasien patient patients",
    "CUSTOMER": "pelanggan customer customers pedagang trader traders seeker seekers pencari pencaker",
    "PERSON": TOPICS["PERSON"],
    "DOCTOR": f"{TOPICS['DOCTOR']} physician physicians doctors perawat nurse nurses bidan",
    "APPLICANT": TOPICS["APPLICANT"],
    "REPORTER": TOPICS["REPORTER"].removesuffix(" lapor"),
    "PUPIL": TOPICS["PUPIL"],
}
"""Words that say of a table that it holds people, of a column that it names one."""

PRIVATE = {
    "PASSWORD": "password passwd pwd sandi katasandi hash secret token remember salt digest otp pin",
    "USER": "username userid",
    "RELIGION": "agama religion",
    "EMPLOYEE": "nip nidn nuptk employee",
    "MOBILE": "hp nohp mobile handphone whatsapp wa cellphone",
}
"""What is kept of people and of nothing else."""

STATES = {
    "WAITING": (
        "menunggu waiting wait pending antri antre queue queued baru new masuk submitted received terkirim sent belum "
        "unassigned registered draft tunggu logged"
    ),
    "PROGRESS": (
        "proses diproses process processing progress in_progress inprogress ditangani handled review reviewing "
        "examined "
        "assigned disposisi tindak dikerjakan interview acknowledged verifikasi survei dispatched ongoing active_case"
    ),
    "DONE": "selesai done finished resolved resolve fixed tuntas completed complete beres slesai",
    "OPEN": "open opened buka dibuka terbuka reopened",
    "CLOSED": "closed close tutup ditutup berakhir cancelled canceled batal dibatalkan duplicate",
    "ACCEPTED": "accepted accept diterima terima lulus lolos hired setuju disetujui approved approve granted acc",
    "REJECTED": "rejected reject ditolak tolak refused refuse denied gugur",
    "RETURNED": "returned return kembali dikembalikan revisi perbaikan",
    "VERIFIED": "verified terverifikasi valid sah checked",
    "ACTIVE": "active aktif berlaku terbit issued valid",
    "EXPIRED": "expired habis kadaluarsa kedaluwarsa lapsed",
    "SUSPENDED": "suspended beku dibekukan frozen",
    "REVOKED": "revoked cabut dicabut withdrawn",
    "NEW": "baru new first initial",
    "RENEWAL": "perpanjangan renewal renew extension perpanjang daftarulang heregistrasi",
    "CHANGE": "perubahan change ubah amendment modification rubah",
    "APP": "app aplikasi android ios mobile apk",
    "WEB": "web website situs portal online browser",
    "PHONE": "phone telepon telp call hotline 112 callcenter",
    "SOCIAL": "medsos social sosial facebook instagram twitter x tiktok ig fb",
    "COUNTER": "loket counter walkin walk_in datang langsung office kantor desk tatapmuka",
    "PUBLIC": "public publik umum terbuka",
    "ANONYMOUS": "anonymous anonim anon",
    "CONFIDENTIAL": "confidential rahasia private tertutup secret",
    "MALE": "male l laki lakilaki pria m man",
    "FEMALE": "female p perempuan wanita f woman",
    "SINGLE": "single lajang belumkawin bk",
    "MARRIED": "married kawin menikah nikah",
    "DIVORCED": "divorced ceraihidup ch",
    "WIDOWED": "widowed ceraimati cm janda duda",
    "ALIVE": "alive hidup",
    "DECEASED": "deceased meninggal mati died wafat",
    "MOVED": "moved pindah",
    "MISSING": "missing hilang",
    "FULLTIME": "fulltime full penuh penuhwaktu tetap permanent",
    "PARTTIME": "parttime part paruh paruhwaktu",
    "CONTRACT": "contract kontrak pkwt temporary",
    "INTERN": "intern internship magang trainee",
    "PRIMARY": "primary sd mi",
    "LOWER": "smp sltp mts",
    "UPPER": "sma smk slta ma stm smu",
    "DIPLOMA": "diploma d1 d2 d3 di dii diii",
    "BACHELOR": "bachelor sarjana s1 d4 div",
    "MASTER": "master magister s2",
    "GENERAL": "rsu rsud umum general",
    "MATERNITY": "rsia rsb maternity ibu anak mother children",
    "SPECIAL": "rsk khusus special specialist",
    "KILOGRAM": "kilogram kg kilo kgs",
    "LITRE": "litre liter ltr lt",
    "PIECE": "piece butir buah pcs pc biji",
    "BUNCH": "bunch ikat",
    "BOTTLE": "bottle botol btl",
    "PACKET": "packet bungkus bks pack",
    "PRANK": "prank iseng palsu",
    "ABANDONED": "abandon abandoned terputus putus",
    "MONDAY": "senin monday mon sen sn",
    "TUESDAY": "selasa tuesday tue sel sl",
    "WEDNESDAY": "rabu wednesday wed rab rb",
    "THURSDAY": "kamis thursday thu kam km",
    "FRIDAY": "jumat friday fri jum jm",
    "SATURDAY": "sabtu saturday sat sab sb",
    "SUNDAY": "minggu ahad akhad sunday sun min mg",
}
"""Meanings of codes: states, kinds, days. `IMPLIED` gives the wider state of a state."""

OFFICIAL_NUMBERS = {
    "MALE": "1", "FEMALE": "2",
    "SINGLE": "1", "MARRIED": "2", "DIVORCED": "3", "WIDOWED": "4",
    "MONDAY": "1", "TUESDAY": "2", "WEDNESDAY": "3", "THURSDAY": "4", "FRIDAY": "5", "SATURDAY": "6", "SUNDAY": "7",
    "ALIVE": "1", "DECEASED": "2", "MOVED": "3", "MISSING": "4", "LEFT": "6", "INVALID": "9",
}  # fmt: skip
"""The numbers of the ministry's population register, also used by village systems; sexes of ISO/IEC 5218, days of
ISO 8601.
"""

ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}

IMPLIED = {
    "WAITING": ("OPEN", "NEW"),
    "PROGRESS": ("OPEN",),
    "OPEN": ("WAITING",),
    "DONE": ("CLOSED",),
    "CLOSED": ("DONE",),
    "REJECTED": ("CLOSED",),
    "RETURNED": ("OPEN",),
    "NEW": ("WAITING",),
    "ACCEPTED": ("VERIFIED", "ACTIVE"),
    "VERIFIED": ("ACTIVE",),
}

NOTHING = frozenset(
    {"", "-", "--", "---", ".", "0", "00", "000", "n/a", "na", "null", "none", "nihil", "tidak ada", "kosong", "?"}
)
"""Texts that mean null, in lower case."""

YES = frozenset({"y", "ya", "yes", "true", "1", "aktif", "active", "on", "tampil", "publish", "published", "hidup"})
NO = frozenset(
    {"n", "tidak", "tdk", "no", "false", "0", "2", "nonaktif", "inactive", "off", "f", "bukan", "draft", "mati"}
)
BOTH = "t"
"""The letter that means no, `tidak`, with Y, and yes, `true`, with F."""

TABLE_PREFIXES = frozenset(
    {"tbl", "tb", "tweb", "dp", "m", "t", "ms", "mst", "master", "ref", "trx", "tr", "tab", "table", "data", "dt", "v"}
)
"""Words in the names of tables that do not say what they hold."""
