-- a plain list
SELECT t.id_pengaduan AS c0, t.no_tiket AS c1, t.stts AS c2, t.tgl_pengaduan AS c3
FROM tbl_pengaduan AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 20
-- ()

-- a tree of filters
SELECT t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE t.stts IN (%s, %s, %s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s, %s, %s)
AND (t.kd_kategori IS NULL
OR (CAST(t.kd_kategori AS BINARY) NOT IN (%s, %s)))
AND ((CAST(convert(CASE
WHEN (CAST(t.no_tiket AS BINARY) IN ('', '-')) THEN NULL
ELSE t.no_tiket END USING utf8mb4) COLLATE utf8mb4_nopad_bin AS BINARY) REGEXP %s)
OR CASE
WHEN ((convert(t.tgl_pengaduan USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^[0-9][0-9]-[0-9][0-9]-[0-9][0-9][0-9][0-9] [0-9][0-9][:][0-9][0-9]')
AND char_length(t.tgl_pengaduan) = 16) THEN CASE
WHEN (substr(t.tgl_pengaduan, 4, 2) BETWEEN '01'
AND '12'
AND substr(t.tgl_pengaduan, 1, 2) >= '01'
AND substr(t.tgl_pengaduan, 7, 4) >= '0001'
AND (substr(t.tgl_pengaduan, 1, 2) <= '28'
OR substr(t.tgl_pengaduan, 1, 2) <= '30'
AND substr(t.tgl_pengaduan, 4, 2) != '02'
OR substr(t.tgl_pengaduan, 1, 2) = '31'
AND CAST(substr(t.tgl_pengaduan, 4, 2) AS BINARY) IN ('01', '03', '05', '07', '08', '10', '12')
OR substr(t.tgl_pengaduan, 1, 2) = '29'
AND substr(t.tgl_pengaduan, 4, 2) = '02'
AND CAST(substr(substr(t.tgl_pengaduan, 7, 4), 3, 2) AS BINARY) IN ('00', '04', '08', '12', '16', '20', '24', '28', '32', '36', '40', '44', '48', '52', '56', '60', '64', '68', '72', '76', '80', '84', '88', '92', '96')
AND (substr(substr(t.tgl_pengaduan, 7, 4), 3, 2) != '00'
OR CAST(substr(substr(t.tgl_pengaduan, 7, 4), 1, 2) AS BINARY) IN ('00', '04', '08', '12', '16', '20', '24', '28', '32', '36', '40', '44', '48', '52', '56', '60', '64', '68', '72', '76', '80', '84', '88', '92', '96')))
AND substr(t.tgl_pengaduan, 12, 2) BETWEEN '00'
AND '23'
AND substr(t.tgl_pengaduan, 15, 2) BETWEEN '00'
AND '59') THEN concat(substr(t.tgl_pengaduan, 7, 4), '-', substr(t.tgl_pengaduan, 4, 2), '-', substr(t.tgl_pengaduan, 1, 2), ' ', substr(t.tgl_pengaduan, 12, 2), ':', substr(t.tgl_pengaduan, 15, 2), ':', '00') END END >= %s
OR CASE
WHEN ((convert(t.kd_desa USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9]')
AND char_length(t.kd_desa) = 8) THEN t.kd_desa
WHEN ((convert(t.kd_desa USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9][.]1[0-9][0-9][0-9]')
AND char_length(t.kd_desa) = 13) THEN t.kd_desa
WHEN ((convert(t.kd_desa USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]')
AND char_length(t.kd_desa) = 6) THEN concat(substr(t.kd_desa, 1, 2), '.', substr(t.kd_desa, 3, 2), '.', substr(t.kd_desa, 5, 2))
WHEN ((convert(t.kd_desa USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]1[0-9][0-9][0-9]')
AND char_length(t.kd_desa) = 10) THEN concat(substr(t.kd_desa, 1, 2), '.', substr(t.kd_desa, 3, 2), '.', substr(t.kd_desa, 5, 2), '.', substr(t.kd_desa, 7, 4)) END IS NULL)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 20
-- ('0', 'Menunggu', 'Proses', 'PROSES', '0', 'Menunggu', 'Proses', 'PROSES', 'K03', 'K14', '(?i)\\Q50%_a\\\\E', '2026-01-01 07:00:00')

-- an unknown code
SELECT t.id_wilayah AS c0
FROM m_wilayah AS t
WHERE (t.jns_wilayah IS NULL
OR (CAST(t.jns_wilayah AS BINARY) NOT IN (%s, %s, %s, %s)))
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71')
AND char_length(t.kd_wilayah) = 5) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9]')
AND char_length(t.kd_wilayah) = 8) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9][.]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 13) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671')
AND char_length(t.kd_wilayah) = 4) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]')
AND char_length(t.kd_wilayah) = 6) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 10) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2), '.', substr(t.kd_wilayah, 7, 4)) END IS NOT NULL
ORDER BY t.id_wilayah ASC
LIMIT 20
-- ('KOTA', 'KEC', 'KEL', 'KEL')

-- every spelling of a resident number
SELECT t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE t.nik IN (%s, %s, %s, %s, %s, %s, %s, %s)
AND CAST(t.nik AS BINARY) IN (%s, %s, %s, %s, %s, %s, %s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
LIMIT 20
-- ('3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001', '3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001')

-- after a place in the order
SELECT t.id_wilayah AS c0, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71')
AND char_length(t.kd_wilayah) = 5) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9]')
AND char_length(t.kd_wilayah) = 8) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9][.]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 13) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671')
AND char_length(t.kd_wilayah) = 4) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]')
AND char_length(t.kd_wilayah) = 6) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 10) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2), '.', substr(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END > %s
OR CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL
OR CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END = %s
AND t.id_wilayah > %s)
ORDER BY CASE
WHEN (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END ASC, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END ASC, t.id_wilayah ASC
LIMIT 20
-- ('CIBODAS', 'CIBODAS', 7)

-- after a place without a name
SELECT t.id_wilayah AS c0, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71')
AND char_length(t.kd_wilayah) = 5) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9]')
AND char_length(t.kd_wilayah) = 8) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9][.]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 13) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671')
AND char_length(t.kd_wilayah) = 4) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]')
AND char_length(t.kd_wilayah) = 6) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 10) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2), '.', substr(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL
AND t.id_wilayah > %s
ORDER BY CASE
WHEN (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END ASC, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END ASC, t.id_wilayah ASC
LIMIT 20
-- (7,)

-- before a place in the order
SELECT t.id_wilayah AS c0, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71')
AND char_length(t.kd_wilayah) = 5) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9]')
AND char_length(t.kd_wilayah) = 8) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9][.]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 13) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671')
AND char_length(t.kd_wilayah) = 4) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]')
AND char_length(t.kd_wilayah) = 6) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 10) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2), '.', substr(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END < %s
OR CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END = %s
AND t.id_wilayah < %s)
ORDER BY CASE
WHEN (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END DESC, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END DESC, t.id_wilayah DESC
LIMIT 20
-- ('CIBODAS', 'CIBODAS', 7)

-- before a place without a name
SELECT t.id_wilayah AS c0, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71')
AND char_length(t.kd_wilayah) = 5) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9]')
AND char_length(t.kd_wilayah) = 8) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^36[.]71[.][0-9][0-9][.]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 13) THEN t.kd_wilayah
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671')
AND char_length(t.kd_wilayah) = 4) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]')
AND char_length(t.kd_wilayah) = 6) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2))
WHEN ((convert(t.kd_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^3671[0-9][0-9]1[0-9][0-9][0-9]')
AND char_length(t.kd_wilayah) = 10) THEN concat(substr(t.kd_wilayah, 1, 2), '.', substr(t.kd_wilayah, 3, 2), '.', substr(t.kd_wilayah, 5, 2), '.', substr(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NOT NULL
OR CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL
AND t.id_wilayah < %s)
ORDER BY CASE
WHEN (CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END DESC, CASE
WHEN (CAST(t.nm_wilayah AS BINARY) IN ('')) THEN NULL
WHEN (convert(t.nm_wilayah USING utf8mb4) COLLATE utf8mb4_nopad_bin NOT REGEXP '[a-z]') THEN t.nm_wilayah END DESC, t.id_wilayah DESC
LIMIT 20
-- (7,)

-- days that are their own text
SELECT t.izin_id AS c0, t.izin_tglberakhir AS c1
FROM (SELECT dp_izin.izin_id AS izin_id, dp_izin.izin_tglberakhir AS izin_tglberakhir
FROM dp_izin) AS t
WHERE t.izin_tglberakhir >= %s
AND CASE
WHEN ((convert(t.izin_tglberakhir USING utf8mb4) COLLATE utf8mb4_nopad_bin REGEXP '^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]')
AND char_length(t.izin_tglberakhir) = 10) THEN CASE
WHEN (substr(t.izin_tglberakhir, 6, 2) BETWEEN '01'
AND '12'
AND substr(t.izin_tglberakhir, 9, 2) >= '01'
AND substr(t.izin_tglberakhir, 1, 4) >= '0001'
AND (substr(t.izin_tglberakhir, 9, 2) <= '28'
OR substr(t.izin_tglberakhir, 9, 2) <= '30'
AND substr(t.izin_tglberakhir, 6, 2) != '02'
OR substr(t.izin_tglberakhir, 9, 2) = '31'
AND CAST(substr(t.izin_tglberakhir, 6, 2) AS BINARY) IN ('01', '03', '05', '07', '08', '10', '12')
OR substr(t.izin_tglberakhir, 9, 2) = '29'
AND substr(t.izin_tglberakhir, 6, 2) = '02'
AND CAST(substr(substr(t.izin_tglberakhir, 1, 4), 3, 2) AS BINARY) IN ('00', '04', '08', '12', '16', '20', '24', '28', '32', '36', '40', '44', '48', '52', '56', '60', '64', '68', '72', '76', '80', '84', '88', '92', '96')
AND (substr(substr(t.izin_tglberakhir, 1, 4), 3, 2) != '00'
OR CAST(substr(substr(t.izin_tglberakhir, 1, 4), 1, 2) AS BINARY) IN ('00', '04', '08', '12', '16', '20', '24', '28', '32', '36', '40', '44', '48', '52', '56', '60', '64', '68', '72', '76', '80', '84', '88', '92', '96')))) THEN concat(substr(t.izin_tglberakhir, 1, 4), '-', substr(t.izin_tglberakhir, 6, 2), '-', substr(t.izin_tglberakhir, 9, 2)) END END >= %s
AND t.izin_id IS NOT NULL
ORDER BY t.izin_tglberakhir ASC, t.izin_id ASC
LIMIT 20
-- ('2026-12-01', '2026-12-01')

-- the children of many parents
SELECT n, c0, c1
FROM ((SELECT %s AS n, t.id_tanggapan AS c0, t.tanggapan AS c1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.tgl_tanggapan AS tgl_tanggapan, tbl_tanggapan.tanggapan AS tanggapan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_tanggapan IS NOT NULL
ORDER BY t.id_tanggapan ASC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.id_tanggapan, t.tanggapan
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.tgl_tanggapan AS tgl_tanggapan, tbl_tanggapan.tanggapan AS tanggapan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_tanggapan IS NOT NULL
ORDER BY t.id_tanggapan ASC
LIMIT 5)) u
ORDER BY n, c0
-- (0, 7, 2, 8)

-- the children of parents with several keys
SELECT n, c0, c1, c2, c3
FROM (SELECT n, c0, c1, c2, c3, row_number() OVER (PARTITION BY n
ORDER BY c0 DESC) AS r
FROM ((SELECT %s AS n, t.id_pengaduan AS c0, t.no_tiket AS c1, t.stts AS c2, t.tgl_pengaduan AS c3
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.id_pengaduan, t.no_tiket, t.stts, t.tgl_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.id_pengaduan, t.no_tiket, t.stts, t.tgl_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.id_pengaduan, t.no_tiket, t.stts, t.tgl_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)) u) w
WHERE r <= 5
ORDER BY n, r
-- (0, '36.71.01.1001', '36.71.01.1001', 0, '3671011001', '3671011001', 1, '36.71.01.1002', '36.71.01.1002', 1, '3671011002', '3671011002')

-- the children of one parent with very many keys
SELECT n, c0, c1, c2, c3
FROM ((SELECT %s AS n, t.id_pengaduan AS c0, t.no_tiket AS c1, t.stts AS c2, t.tgl_pengaduan AS c3
FROM tbl_pengaduan AS t
WHERE t.kd_desa IN (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
AND CAST(t.kd_desa AS BINARY) IN (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)) u
ORDER BY n, c0 DESC
-- (0, '36.71.01.1001', '3671011001', '36.71.01.1002', '3671011002', '36.71.01.1003', '3671011003', '36.71.01.1004', '3671011004', '36.71.01.1005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '36.71.01.1001', '3671011001', '36.71.01.1002', '3671011002', '36.71.01.1003', '3671011003', '36.71.01.1004', '3671011004', '36.71.01.1005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005')

-- a list with what it leads to
SELECT page.c0, page.c1, j0.kd_kategori AS j0c0, j0.nm_kategori AS j0c1
FROM (SELECT t.id_pengaduan AS c0, t.kd_kategori AS c1
FROM tbl_pengaduan AS t
WHERE t.nik IN (%s, %s, %s, %s, %s, %s, %s, %s)
AND CAST(t.nik AS BINARY) IN (%s, %s, %s, %s, %s, %s, %s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 20) page LEFT OUTER JOIN m_kategori AS j0 ON j0.kd_kategori = CASE
WHEN (CAST(page.c1 AS BINARY) IN ('K14')) THEN 'K03'
WHEN (CAST(page.c1 AS BINARY) IN ('K17')) THEN 'K05'
ELSE page.c1 END
AND CAST(j0.kd_kategori AS BINARY) IN ('K01', 'K02', 'K03', 'K04', 'K05', 'K06', 'K07', 'K08', 'K09', 'K10', 'K11', 'K12', 'K13', 'K15', 'K16', 'K18')
AND CASE
WHEN (CAST(j0.kd_kategori AS BINARY) IN ('', '-')) THEN NULL
ELSE j0.kd_kategori END IS NOT NULL
ORDER BY page.c0 DESC
-- ('3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001', '3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001')

-- the children of many parents with what they lead to, where the viewer may see it
SELECT page.n, page.c0, page.c1, j0.id_pengaduan AS j0c0, j0.no_tiket AS j0c1
FROM (SELECT n, c0, c1
FROM ((SELECT %s AS n, t.id_tanggapan AS c0, t.id_pengaduan AS c1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.tgl_tanggapan AS tgl_tanggapan, tbl_tanggapan.stts AS stts, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = %s
AND t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_tanggapan IS NOT NULL
ORDER BY t.id_tanggapan ASC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.id_tanggapan, t.id_pengaduan
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.tgl_tanggapan AS tgl_tanggapan, tbl_tanggapan.stts AS stts, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = %s
AND t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_tanggapan IS NOT NULL
ORDER BY t.id_tanggapan ASC
LIMIT 5)) u) page LEFT OUTER JOIN tbl_pengaduan AS j0 ON j0.id_pengaduan = page.c1
AND (j0.publikasi = %s
AND CAST(j0.publikasi AS BINARY) = %s
OR j0.kd_opd IN (%s, %s)
AND CAST(j0.kd_opd AS BINARY) IN (%s, %s))
AND CAST(j0.hapus AS BINARY) IN ('T')
AND j0.id_pengaduan IS NOT NULL
ORDER BY page.n, page.c0
-- (0, 7, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 2, 8, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 'Publik', 'Publik', 'DPUPR', 'dpupr', 'DPUPR', 'dpupr')

-- the children of parents with several keys, with what they lead to
SELECT page.n, page.c0, page.c1, j0.kd_kategori AS j0c0, j0.nm_kategori AS j0c1
FROM (SELECT n, c0, c1
FROM (SELECT n, c0, c1, row_number() OVER (PARTITION BY n
ORDER BY c1 DESC) AS r
FROM ((SELECT %s AS n, t.kd_kategori AS c0, t.id_pengaduan AS c1
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.kd_kategori, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.kd_kategori, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)
UNION ALL (SELECT %s AS anon_1, t.kd_kategori, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
LIMIT 5)) u) w
WHERE r <= 5) page LEFT OUTER JOIN m_kategori AS j0 ON j0.kd_kategori = CASE
WHEN (CAST(page.c0 AS BINARY) IN ('K14')) THEN 'K03'
WHEN (CAST(page.c0 AS BINARY) IN ('K17')) THEN 'K05'
ELSE page.c0 END
AND CAST(j0.kd_kategori AS BINARY) IN ('K01', 'K02', 'K03', 'K04', 'K05', 'K06', 'K07', 'K08', 'K09', 'K10', 'K11', 'K12', 'K13', 'K15', 'K16', 'K18')
AND CASE
WHEN (CAST(j0.kd_kategori AS BINARY) IN ('', '-')) THEN NULL
ELSE j0.kd_kategori END IS NOT NULL
ORDER BY page.n, page.c1 DESC
-- (0, '36.71.01.1001', '36.71.01.1001', 0, '3671011001', '3671011001', 1, '36.71.01.1002', '36.71.01.1002', 1, '3671011002', '3671011002')

-- groups of what is stored, by month
SELECT min(g.c0) AS min_1, min(g.c1) AS min_2, min(g.c2) AS min_3, count(*) AS n
FROM (SELECT t.kd_desa AS c0, t.stts AS c1, CASE
WHEN ((CAST(substr(t.tgl_pengaduan, 1, 2) AS BINARY) IN ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22', '23', '24', '25', '26', '27', '28')
OR CAST(substr(t.tgl_pengaduan, 1, 2) AS BINARY) IN ('29', '30', '31')
AND (substr(t.tgl_pengaduan, 1, 2) <= '30'
AND substr(t.tgl_pengaduan, 4, 2) != '02'
OR substr(t.tgl_pengaduan, 1, 2) = '31'
AND CAST(substr(t.tgl_pengaduan, 4, 2) AS BINARY) IN ('01', '03', '05', '07', '08', '10', '12')
OR substr(t.tgl_pengaduan, 1, 2) = '29'
AND substr(t.tgl_pengaduan, 4, 2) = '02'
AND CAST(substr(substr(t.tgl_pengaduan, 7, 4), 3, 2) AS BINARY) IN ('00', '04', '08', '12', '16', '20', '24', '28', '32', '36', '40', '44', '48', '52', '56', '60', '64', '68', '72', '76', '80', '84', '88', '92', '96')
AND (substr(substr(t.tgl_pengaduan, 7, 4), 3, 2) != '00'
OR CAST(substr(substr(t.tgl_pengaduan, 7, 4), 1, 2) AS BINARY) IN ('00', '04', '08', '12', '16', '20', '24', '28', '32', '36', '40', '44', '48', '52', '56', '60', '64', '68', '72', '76', '80', '84', '88', '92', '96'))))
AND CAST(substr(t.tgl_pengaduan, 11, 3) AS BINARY) IN (' 00', ' 01', ' 02', ' 03', ' 04', ' 05', ' 06', ' 07', ' 08', ' 09', ' 10', ' 11', ' 12', ' 13', ' 14', ' 15', ' 16', ' 17', ' 18', ' 19', ' 20', ' 21', ' 22', ' 23')
AND CAST(substr(t.tgl_pengaduan, 14, 4) AS BINARY) IN (':00', ':01', ':02', ':03', ':04', ':05', ':06', ':07', ':08', ':09', ':10', ':11', ':12', ':13', ':14', ':15', ':16', ':17', ':18', ':19', ':20', ':21', ':22', ':23', ':24', ':25', ':26', ':27', ':28', ':29', ':30', ':31', ':32', ':33', ':34', ':35', ':36', ':37', ':38', ':39', ':40', ':41', ':42', ':43', ':44', ':45', ':46', ':47', ':48', ':49', ':50', ':51', ':52', ':53', ':54', ':55', ':56', ':57', ':58', ':59')) THEN concat(substr(t.tgl_pengaduan, 3, 8)) END AS c2
FROM tbl_pengaduan AS t
WHERE t.kd_kategori IN (%s, %s)
AND CAST(t.kd_kategori AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL) AS g GROUP BY CAST(g.c0 AS BINARY), CAST(g.c1 AS BINARY), CAST(g.c2 AS BINARY)
LIMIT 101
-- ('K03', 'K14', 'K03', 'K14')

-- all rows as one group
SELECT count(*) AS n
FROM tbl_pengaduan AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
-- ()

-- rows that lead to others of their source
SELECT t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE (EXISTS (SELECT 1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.stts AS stts, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS tx
WHERE tx.id_pengaduan = t.id_pengaduan
AND tx.stts IN (%s, %s)
AND CAST(tx.stts AS BINARY) IN (%s, %s)
AND CAST(tx.hapus AS BINARY) IN ('T')
AND tx.id_tanggapan IS NOT NULL
AND tx.id_pengaduan IS NOT NULL))
AND NOT (EXISTS (SELECT 1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS tx
WHERE tx.id_pengaduan = t.id_pengaduan
AND CAST(tx.hapus AS BINARY) IN ('T')
AND tx.id_tanggapan IS NOT NULL
AND tx.id_pengaduan IS NOT NULL))
AND CAST(t.hapus AS BINARY) IN ('T')
ORDER BY t.id_pengaduan DESC
LIMIT 20
-- ('Selesai', 'SELESAI', 'Selesai', 'SELESAI')

-- children of parents, and rows that are named
SELECT n, c0
FROM (SELECT n, c0, row_number() OVER (PARTITION BY n
ORDER BY c0) AS r
FROM ((SELECT %s AS n, t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
LIMIT 3)
UNION ALL (SELECT %s AS anon_1, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
LIMIT 3)
UNION ALL (SELECT %s AS anon_1, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.id_pengaduan IN (%s, %s, %s, %s)
AND t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
LIMIT 3)
UNION ALL (SELECT %s AS anon_1, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.id_pengaduan = %s
AND t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
LIMIT 3)) u) w
WHERE r <= 3
ORDER BY n, r
-- (0, '36.71.01.1001', '36.71.01.1001', 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 0, '3671011001', '3671011001', 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 0, 7, 8, 9, 9, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 1, 5, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI')

-- a box around a place
SELECT t.id_pengaduan AS c0, t.lat AS c1, t.lng AS c2
FROM tbl_pengaduan AS t
WHERE (CAST(t.lat AS DECIMAL(20, 15)) BETWEEN %s
AND %s
AND CAST(t.lng AS DECIMAL(20, 15)) BETWEEN %s
AND %s
OR CAST(t.lng AS DECIMAL(20, 15)) BETWEEN %s
AND %s
AND CAST(t.lat AS DECIMAL(20, 15)) BETWEEN %s
AND %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
LIMIT 20
-- (-6.19, -6.18, 106.63, 106.64, -6.19, -6.18, 106.63, 106.64)

-- by the rank of what rows lead to, after a place
SELECT t.id_pengaduan AS c0, CASE
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K03', 'K14')) THEN 0
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K01', 'K02')) THEN 1 END AS c1
FROM tbl_pengaduan AS t
WHERE CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
AND (CASE
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K03', 'K14')) THEN 0
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K01', 'K02')) THEN 1 END > %s
OR CASE
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K03', 'K14')) THEN 0
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K01', 'K02')) THEN 1 END IS NULL
OR CASE
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K03', 'K14')) THEN 0
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K01', 'K02')) THEN 1 END = %s
AND t.id_pengaduan > %s)
ORDER BY CASE
WHEN (CASE
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K03', 'K14')) THEN 0
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K01', 'K02')) THEN 1 END IS NULL) THEN 1
ELSE 0 END ASC, CASE
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K03', 'K14')) THEN 0
WHEN (CAST(t.kd_kategori AS BINARY) IN ('K01', 'K02')) THEN 1 END ASC, t.id_pengaduan ASC
LIMIT 20
-- (1, 1, 7)

-- a count
SELECT count(*) AS c
FROM tbl_pengaduan AS t
WHERE t.stts IN (%s, %s)
AND CAST(t.stts AS BINARY) IN (%s, %s)
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
-- ('Selesai', 'SELESAI', 'Selesai', 'SELESAI')

-- a count of a join
SELECT count(*) AS c
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan INNER JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_tanggapan IS NOT NULL
-- (7,)

-- counts for many parents
SELECT %s AS n, count(*) AS c
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
UNION ALL SELECT %s AS anon_1, count(*) AS count_1
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
UNION ALL SELECT %s AS anon_1, count(*) AS count_1
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
UNION ALL SELECT %s AS anon_1, count(*) AS count_1
FROM tbl_pengaduan AS t
WHERE t.kd_desa = %s
AND CAST(t.kd_desa AS BINARY) = %s
AND CAST(t.hapus AS BINARY) IN ('T')
AND t.id_pengaduan IS NOT NULL
-- (0, '36.71.01.1001', '36.71.01.1001', 0, '3671011001', '3671011001', 1, '36.71.01.1002', '36.71.01.1002', 1, '3671011002', '3671011002')
