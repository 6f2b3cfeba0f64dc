"""What the fields of the graph itself are, in Indonesian: relations, and what the hub works out."""

from __future__ import annotations

from models.localized import Localized

INDONESIAN: dict[str, str] = {
    "Alerts for this area, for one around it or for one in it, the newest first. At most 100.": (
        "Peringatan untuk wilayah ini, yang melingkupinya, atau di dalamnya; terbaru lebih dulu, paling banyak 100."
    ),
    "Complaints about this area and every area below it.": "Pengaduan di wilayah ini dan semua wilayah di bawahnya.",
    "Complaints of this kind.": "Pengaduan jenis ini.",
    "Events in this area and every area below it.": "Kegiatan di wilayah ini dan semua wilayah di bawahnya.",
    "Hospitals in this area and every area below it.": "Rumah sakit di wilayah ini dan semua wilayah di bawahnya.",
    "How far away it is in meters, as the crow flies; null without a known position.": (
        "Jaraknya dalam meter, garis lurus; kosong bila letaknya tidak diketahui."
    ),
    "How it stands to the city's time limits. Null once it is closed.": (
        "Keadaannya terhadap batas waktu kota. Kosong bila sudah ditutup."
    ),
    "How long it took until it was done. Null where it is not, or without its time.": (
        "Lama sampai selesai. Kosong bila belum selesai atau waktunya tidak diketahui."
    ),
    "How long the first answer took. Null without an answer, or without its time.": (
        "Lama sampai jawaban pertama. Kosong bila belum dijawab atau waktunya tidak diketahui."
    ),
    "Its beds, counted by class of care. At most 100.": (
        "Tempat tidurnya, dihitung per kelas perawatan; paling banyak 100."
    ),
    "Its prices in all markets and on all days.": "Harganya di semua pasar dan semua hari.",
    "Licenses of businesses in this area and every area below it, by the codes of the statistics office.": (
        "Izin usaha di wilayah ini dan semua wilayah di bawahnya, menurut kode BPS."
    ),
    "Licenses of this kind.": "Izin jenis ini.",
    "Markets in this area and every area below it.": "Pasar di wilayah ini dan semua wilayah di bawahnya.",
    "Postings for jobs in this area and every area below it.": (
        "Lowongan kerja di wilayah ini dan semua wilayah di bawahnya."
    ),
    "Reports to the emergency number from this area and every area below it, that the viewer may know of.": (
        "Laporan ke nomor darurat dari wilayah ini dan semua wilayah di bawahnya yang boleh diketahui penanya."
    ),
    "Schools in this area and every area below it.": "Sekolah di wilayah ini dan semua wilayah di bawahnya.",
    "The applications for a place there that the viewer may know of.": (
        "Pendaftaran di sekolah itu yang boleh diketahui penanya."
    ),
    "The applications for schools that give the person's resident number.": (
        "Pendaftaran sekolah yang mencantumkan NIK orang itu."
    ),
    "The applications that give the person's e-mail address; whoever shares the address has them too.": (
        "Lamaran yang mencantumkan alamat surel orang itu; siapa pun yang memakai alamat sama juga memilikinya."
    ),
    "The area around this one.": "Wilayah yang melingkupi wilayah ini.",
    "The area of the business.": "Wilayah usaha itu.",
    "The area that it happened in.": "Wilayah tempat kejadian.",
    "The area that it is about.": "Wilayah yang dimaksud.",
    "The areas right below this one.": "Wilayah tepat di bawah wilayah ini.",
    "The commodity.": "Komoditasnya.",
    "The complaints that the person reported.": "Pengaduan yang dilaporkan orang itu.",
    "The department that handles it.": "Perangkat daerah yang menangani.",
    "The department that is responsible.": "Perangkat daerah yang bertanggung jawab.",
    "The district of the work place.": "Kecamatan tempat kerja.",
    "The district or village that it is in; null for the city as a whole.": (
        "Kecamatan atau kelurahannya; kosong untuk seluruh kota."
    ),
    "The district that it is in.": "Kecamatannya.",
    "The district that it is in; approximate.": "Kecamatannya; perkiraan.",
    "The hospital.": "Rumah sakitnya.",
    "The kind of license that is asked for.": "Jenis izin yang dimohon.",
    "The kind of license.": "Jenis izinnya.",
    "The kind of problem.": "Jenis masalahnya.",
    "The licenses that the person holds.": "Izin yang dimiliki orang itu.",
    "The market.": "Pasarnya.",
    "The purposes that rest on your consent, and whether you took it back. Null for everybody but the person "
    "themselves.": (
        "Tujuan yang bergantung pada persetujuan Anda dan apakah Anda menariknya. Kosong bagi siapa pun selain orang "
        "itu sendiri."
    ),
    "The school; null where the list of schools does not have it.": (
        "Sekolahnya; kosong bila tidak ada di daftar sekolah."
    ),
    "The smallest area around all areas that it is for.": "Wilayah terkecil yang melingkupi semua wilayah sasarannya.",
    "The steps of its handling.": "Langkah-langkah penanganannya.",
    "The village of the registered address.": "Kelurahan alamat terdaftar.",
    "The village or district of the business.": "Kelurahan atau kecamatan usaha itu.",
    "The village that it is in.": "Kelurahannya.",
    "Until when the city has promised an answer. Null where it has promised none.": (
        "Batas waktu jawaban yang dijanjikan kota. Kosong bila tidak dijanjikan."
    ),
    "What the person has applied for.": "Izin yang dimohon orang itu.",
    "What was applied for; null where the posting is no longer there.": (
        "Lowongan yang dilamar; kosong bila lowongannya sudah tidak ada."
    ),
    "What was sold in it, on all days.": "Yang dijual di pasar itu, pada semua hari.",
    "What you asked about your personal data, the newest first, and how far the answers are. Null for everybody but "
    "the person themselves.": (
        "Permohonan Anda tentang data pribadi, terbaru lebih dulu, dan kemajuan jawabannya. Kosong bagi siapa pun "
        "selain orang itu sendiri."
    ),
    "When its doctors can be seen.": "Jadwal praktik dokternya.",
    "Where the record comes from and how old it is.": "Asal catatan dan umurnya.",
    "Whether it is still open although that time is over. Null where nobody knows.": (
        "Apakah masih terbuka padahal lewat batas waktu. Kosong bila tidak diketahui."
    ),
    "Who holds the resident number on the application.": "Pemilik NIK pada pendaftaran itu.",
    "Who read your personal data through this hub, the newest first. Null for everybody but the person themselves.": (
        "Siapa yang membaca data pribadi Anda lewat hub ini, terbaru lebih dulu. Kosong bagi siapa pun selain orang "
        "itu sendiri."
    ),
    "The global id.": "Id global.",
}
"""Its English is the key, so that a sentence that changes is missed here and not told wrongly."""


def of_graph(description: str) -> Localized:
    """What a field of the graph is. What nobody has translated yet is said in English."""
    return Localized(id=INDONESIAN.get(description, description), en=description)
