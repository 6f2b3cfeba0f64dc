"""The services of the catalogue: what Tangerang LIVE puts behind its icons, described in our own words."""

from __future__ import annotations

from typing import NamedTuple

# Code | name | channels | rupiah | time | topic | department | evidence | description.
# Channels: a app, w web, p phone, m message, c counter, v visit, ? one that nobody knows. Rupiah: `~` where it depends,
# nothing where the office does not say. Time: a number with i minutes, j hours, d days, w working days, m months.
_LIST = """
LAKSA|LAKSA|a,w,p|0|5w|Pengaduan|diskominfo||Menyampaikan keluhan dan memantau tindak lanjutnya.
SP4N|SP4N-LAPOR|w,m|0|5w|Pengaduan|diskominfo||Pengaduan pelayanan publik tingkat nasional.
DARURAT112|Panggilan Darurat 112|p|0||Kedaruratan|bpbd||Nomor tunggal bebas pulsa untuk keadaan darurat.
DAMKAR|Pemadam Kebakaran|p|0|15i|Kedaruratan|bpbd||Pemadaman dan penyelamatan.
AMBULANS|Ambulans Gratis|a,p|0|30i|Kedaruratan|dinkes|KTP-el|Antar jemput pasien ke rumah sakit.
INFOBANJIR|Info Banjir|a,w|0||Kedaruratan|bpbd||Tinggi muka air dan titik genangan.
LISENSI|Lisensi Online|a,w|~|7w|Perizinan|dpmptsp|KTP-el; NPWP; Bukti kepemilikan tempat|Izin tanpa datang ke kantor.
NIB|Pendampingan NIB|w,c|0|1d|Perizinan|dpmptsp|KTP-el; NPWP|Bantuan membuat nomor induk berusaha.
REKLAME|Izin Reklame|w,c|~|14w|Perizinan|dpmptsp|KTP-el; Gambar reklame; Foto lokasi|Izin memasang reklame.
PBG|Persetujuan Bangunan Gedung|w,c|~|28w|Perizinan|dpupr|KTP-el; Sertifikat tanah; Gambar bangunan|Izin mendirikan.
SLF|Sertifikat Laik Fungsi|w,c|~|28w|Perizinan|dpupr|KTP-el; PBG|Pernyataan bahwa bangunan layak dipakai.
PENELITIAN|Izin Penelitian|w|0|3w|Perizinan|dpmptsp|KTP-el; Surat pengantar kampus|Izin penelitian dan praktik kerja.
SIAPKERJA|Siap Kerja|a,w|0||Ketenagakerjaan|disnaker|KTP-el; Ijazah|Lowongan kerja yang sudah diperiksa.
AK1|Kartu Pencari Kerja (AK-1)|a,w,c|0|30i|Ketenagakerjaan|disnaker|KTP-el; Ijazah; Pas foto|Kartu kuning.
BLK|Pelatihan di Balai Latihan Kerja|w,c|0|2m|Ketenagakerjaan|disnaker|KTP-el; Ijazah|Pelatihan dengan sertifikat.
MAGANG|Magang Mandiri|w|0|14d|Ketenagakerjaan|disnaker|KTP-el; CV|Penempatan magang di perusahaan.
HUBINDUS|Mediasi Hubungan Industrial|c|0|30w|Ketenagakerjaan|disnaker|KTP-el; Surat permohonan|Perselisihan kerja.
SIMPATI|Rumah Sakit Simpati|a,w|0||Kesehatan|dinkes||Tempat tidur kosong di rumah sakit.
ANTREAN|Antrean Puskesmas|a|0|10i|Kesehatan|dinkes|KTP-el; Kartu BPJS|Mengambil nomor antrean dari rumah.
IMUNISASI|Imunisasi Anak|c,v|0|1j|Kesehatan|dinkes|Buku KIA|Imunisasi dasar lengkap.
DONOR|Donor Darah|c,v|0|1j|Kesehatan|dinkes|KTP-el|Jadwal dan tempat donor darah.
KIR|Uji Kendaraan Bermotor|w,c|75000|2j|Perhubungan|dishub|STNK; Buku uji|Uji berkala kendaraan.
TAYO|Bus Tayo dan Si Benteng|a|2000||Perhubungan|dishub||Rute, jadwal, dan tarif angkutan kota.
PARKIR|Parkir Berlangganan|a,c|150000|1d|Perhubungan|dishub|STNK|Parkir di tepi jalan umum.
CCTV|CCTV Kota|a,w|0||Perhubungan|dishub||Gambar langsung dari persimpangan.
KTPEL|Perekaman KTP-el|c,v|0|1d|Kependudukan|disdukcapil|Kartu Keluarga|Perekaman dan pencetakan KTP-el.
KK|Kartu Keluarga|a,w,c|0|3w|Kependudukan|disdukcapil|KTP-el; Buku nikah|Kartu keluarga baru atau perubahan.
LAHIR|Akta Kelahiran|a,w,c|0|3w|Kependudukan|disdukcapil|KTP-el; Kartu Keluarga; Surat kelahiran|Akta untuk bayi.
MATI|Akta Kematian|a,w,c|0|3w|Kependudukan|disdukcapil|KTP-el; Kartu Keluarga; Surat kematian|Akta kematian.
KIA|Kartu Identitas Anak|a,c|0|3w|Kependudukan|disdukcapil|Kartu Keluarga; Akta kelahiran|Kartu untuk anak.
PINDAH|Surat Pindah|a,w,c|0|1w|Kependudukan|disdukcapil|KTP-el; Kartu Keluarga|Pindah ke luar kota atau datang.
SPMB|Penerimaan Murid Baru (SPMB)|w|0|7d|Pendidikan|dindik|Kartu Keluarga; Akta kelahiran; Ijazah|Masuk sekolah negeri.
BEASISWA|Tangerang Cerdas|w|0|2m|Pendidikan|dindik|Kartu Keluarga; Surat keterangan tidak mampu|Beasiswa.
PINDAHSEK|Pindah Sekolah|w,c|0|3w|Pendidikan|dindik|Rapor; Surat pindah|Mutasi murid antar sekolah.
PERPUS|Perpustakaan Digital|a,w|0||Pendidikan|dindik|KTP-el|Meminjam buku elektronik.
SEGAR|SEGAR|a,w|0||Ekonomi|pdpasar||Harga kebutuhan pokok di enam pasar.
KIOS|Sewa Kios Pasar|c|~|14w|Ekonomi|pdpasar|KTP-el; Pas foto|Hak pemakaian kios dan los.
UMKM|Pendaftaran UMKM|a,w|0|2w|Ekonomi|dinkop|KTP-el; NIB|Pendataan dan pembinaan usaha kecil.
PBB|Cek Tagihan PBB|a,w|0||Pajak|bapenda||Tagihan pajak bumi dan bangunan.
BPHTB|BPHTB Online|w|~|3w|Pajak|bapenda|KTP-el; Sertifikat tanah|Bea perolehan hak atas tanah.
SAMPAH|Angkut Sampah Besar|a,m|50000|2d|Lingkungan|dlh|KTP-el|Penjemputan perabot bekas.
BANKSAMPAH|Bank Sampah|a,v|0||Lingkungan|dlh||Menabung dari sampah terpilah.
POHON|Pangkas Pohon|a,m|0|7d|Lingkungan|dlh||Pemangkasan pohon di jalan umum.
TINJA|Sedot Tinja Terjadwal|a,p|300000|3d|Lingkungan|perkimtan|KTP-el|Layanan lumpur tinja.
BEDAHRUMAH|Bedah Rumah|c|0|3m|Perumahan|perkimtan|KTP-el; Kartu Keluarga; Sertifikat tanah|Rumah tidak layak huni.
MAKAM|Pemakaman Umum|c,p|~|1d|Perumahan|perkimtan|Surat kematian|Petak di tempat pemakaman umum.
JALAN|Lapor Jalan Rusak|a,m|0|3d|Pekerjaan Umum|dpupr||Perbaikan jalan lingkungan.
KETERTIBAN|Lapor Ketertiban|a,p|0|1d|Ketertiban|satpolpp||Gangguan ketertiban umum.
ENEWS|E-News|a,w|0||Informasi|diskominfo||Berita resmi kota.
LIVEROOM|Liveroom|?|0||Informasi|diskominfo||Ruang kendali kota.
SANJUNG|SANJUNG|c|0||Informasi|diskominfo||Setiap Selasa, terbuka untuk semua warga.
WIFI|WiFi Publik|a|0||Informasi|diskominfo||Titik internet gratis.
PPID|Permohonan Informasi Publik|w,c|0|10w|Informasi|diskominfo|KTP-el|Informasi yang dimiliki badan publik.
SMSINFO|SMS Info Kota|m|0||Informasi|diskominfo||Layanan lama, sudah ditutup.
"""


class Service(NamedTuple):
    """One line of the catalogue, as its author means it."""

    code: str
    name: str
    channels: str
    cost: str
    time: str
    topic: str
    department: str
    evidence: str
    description: str


SERVICES = tuple(Service(*line.split("|")) for line in _LIST.strip().splitlines())
CLOSED = ("SMSINFO",)
"""Services that the catalogue still has, though nobody can ask for them any more."""
