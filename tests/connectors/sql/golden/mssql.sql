-- a plain list
SELECT t.id_pengaduan AS c0, t.no_tiket AS c1, t.stts AS c2, t.tgl_pengaduan AS c3
FROM tbl_pengaduan AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ()

-- a tree of filters
SELECT t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE t.stts IN (?, ?, ?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.', ? + '.', ? + '.')
AND (t.kd_kategori IS NULL
OR (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') NOT IN (? + '.', ? + '.')))
AND (charindex(?, translate(CASE
WHEN (((t.no_tiket COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.', '-' + '.')) THEN NULL
ELSE t.no_tiket END COLLATE Latin1_General_100_BIN2, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) > 0
OR CASE
WHEN ((t.tgl_pengaduan COLLATE Latin1_General_100_BIN2) + '.' LIKE '[0-9][0-9]-[0-9][0-9]-[0-9][0-9][0-9][0-9] [0-9][0-9]:[0-9][0-9].') THEN CASE
WHEN (substring(t.tgl_pengaduan, 4, 2) BETWEEN '01'
AND '12'
AND substring(t.tgl_pengaduan, 1, 2) >= '01'
AND substring(t.tgl_pengaduan, 7, 4) >= '0001'
AND (substring(t.tgl_pengaduan, 1, 2) <= '28'
OR substring(t.tgl_pengaduan, 1, 2) <= '30'
AND substring(t.tgl_pengaduan, 4, 2) != '02'
OR substring(t.tgl_pengaduan, 1, 2) = '31'
AND ((substring(t.tgl_pengaduan, 4, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('01' + '.', '03' + '.', '05' + '.', '07' + '.', '08' + '.', '10' + '.', '12' + '.')
OR substring(t.tgl_pengaduan, 1, 2) = '29'
AND substring(t.tgl_pengaduan, 4, 2) = '02'
AND ((substring(substring(t.tgl_pengaduan, 7, 4), 3, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('00' + '.', '04' + '.', '08' + '.', '12' + '.', '16' + '.', '20' + '.', '24' + '.', '28' + '.', '32' + '.', '36' + '.', '40' + '.', '44' + '.', '48' + '.', '52' + '.', '56' + '.', '60' + '.', '64' + '.', '68' + '.', '72' + '.', '76' + '.', '80' + '.', '84' + '.', '88' + '.', '92' + '.', '96' + '.')
AND (substring(substring(t.tgl_pengaduan, 7, 4), 3, 2) != '00'
OR ((substring(substring(t.tgl_pengaduan, 7, 4), 1, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('00' + '.', '04' + '.', '08' + '.', '12' + '.', '16' + '.', '20' + '.', '24' + '.', '28' + '.', '32' + '.', '36' + '.', '40' + '.', '44' + '.', '48' + '.', '52' + '.', '56' + '.', '60' + '.', '64' + '.', '68' + '.', '72' + '.', '76' + '.', '80' + '.', '84' + '.', '88' + '.', '92' + '.', '96' + '.')))
AND substring(t.tgl_pengaduan, 12, 2) BETWEEN '00'
AND '23'
AND substring(t.tgl_pengaduan, 15, 2) BETWEEN '00'
AND '59') THEN concat(substring(t.tgl_pengaduan, 7, 4), '-', substring(t.tgl_pengaduan, 4, 2), '-', substring(t.tgl_pengaduan, 1, 2), ' ', substring(t.tgl_pengaduan, 12, 2), ':', substring(t.tgl_pengaduan, 15, 2), ':', '00') END END >= ?
OR CASE
WHEN ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].') THEN t.kd_desa
WHEN ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].1[0-9][0-9][0-9].') THEN t.kd_desa
WHEN ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9].') THEN concat(substring(t.kd_desa, 1, 2), '.', substring(t.kd_desa, 3, 2), '.', substring(t.kd_desa, 5, 2))
WHEN ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9]1[0-9][0-9][0-9].') THEN concat(substring(t.kd_desa, 1, 2), '.', substring(t.kd_desa, 3, 2), '.', substring(t.kd_desa, 5, 2), '.', substring(t.kd_desa, 7, 4)) END IS NULL)
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('0', 'Menunggu', 'Proses', 'PROSES', '0', 'Menunggu', 'Proses', 'PROSES', 'K03', 'K14', '50%_a\\', '2026-01-01 07:00:00')

-- an unknown code
SELECT t.id_wilayah AS c0
FROM m_wilayah AS t
WHERE (t.jns_wilayah IS NULL
OR (((t.jns_wilayah COLLATE Latin1_General_100_BIN2) + '.') NOT IN (? + '.', ? + '.', ? + '.', ? + '.')))
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].1[0-9][0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671.') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9]1[0-9][0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2), '.', substring(t.kd_wilayah, 7, 4)) END IS NOT NULL
ORDER BY t.id_wilayah ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('KOTA', 'KEC', 'KEL', 'KEL')

-- every spelling of a resident number
SELECT t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE t.nik IN (?, ?, ?, ?, ?, ?, ?, ?)
AND ((t.nik COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001', '3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001')

-- after a place in the order
SELECT t.id_wilayah AS c0, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].1[0-9][0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671.') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9]1[0-9][0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2), '.', substring(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END > ?
OR CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL
OR CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END = ?
AND t.id_wilayah > ?)
ORDER BY CASE
WHEN (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END ASC, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END ASC, t.id_wilayah ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('CIBODAS', 'CIBODAS', 7)

-- after a place without a name
SELECT t.id_wilayah AS c0, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].1[0-9][0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671.') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9]1[0-9][0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2), '.', substring(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL
AND t.id_wilayah > ?
ORDER BY CASE
WHEN (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END ASC, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END ASC, t.id_wilayah ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- (7,)

-- before a place in the order
SELECT t.id_wilayah AS c0, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].1[0-9][0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671.') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9]1[0-9][0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2), '.', substring(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END < ?
OR CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END = ?
AND t.id_wilayah < ?)
ORDER BY CASE
WHEN (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END DESC, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END DESC, t.id_wilayah DESC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('CIBODAS', 'CIBODAS', 7)

-- before a place without a name
SELECT t.id_wilayah AS c0, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END AS c1
FROM m_wilayah AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_wilayah IS NOT NULL
AND CASE
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '36.71.[0-9][0-9].1[0-9][0-9][0-9].') THEN t.kd_wilayah
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671.') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2))
WHEN ((t.kd_wilayah COLLATE Latin1_General_100_BIN2) + '.' LIKE '3671[0-9][0-9]1[0-9][0-9][0-9].') THEN concat(substring(t.kd_wilayah, 1, 2), '.', substring(t.kd_wilayah, 3, 2), '.', substring(t.kd_wilayah, 5, 2), '.', substring(t.kd_wilayah, 7, 4)) END IS NOT NULL
AND (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NOT NULL
OR CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL
AND t.id_wilayah < ?)
ORDER BY CASE
WHEN (CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END IS NULL) THEN 1
ELSE 0 END DESC, CASE
WHEN (((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.')) THEN NULL
WHEN ((t.nm_wilayah COLLATE Latin1_General_100_BIN2) + '.' NOT LIKE '%[a-z]%') THEN t.nm_wilayah END DESC, t.id_wilayah DESC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- (7,)

-- days that are their own text
SELECT t.izin_id AS c0, t.izin_tglberakhir AS c1
FROM (SELECT dp_izin.izin_id AS izin_id, dp_izin.izin_tglberakhir AS izin_tglberakhir
FROM dp_izin) AS t
WHERE t.izin_tglberakhir >= ?
AND CASE
WHEN ((t.izin_tglberakhir COLLATE Latin1_General_100_BIN2) + '.' LIKE '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].') THEN CASE
WHEN (substring(t.izin_tglberakhir, 6, 2) BETWEEN '01'
AND '12'
AND substring(t.izin_tglberakhir, 9, 2) >= '01'
AND substring(t.izin_tglberakhir, 1, 4) >= '0001'
AND (substring(t.izin_tglberakhir, 9, 2) <= '28'
OR substring(t.izin_tglberakhir, 9, 2) <= '30'
AND substring(t.izin_tglberakhir, 6, 2) != '02'
OR substring(t.izin_tglberakhir, 9, 2) = '31'
AND ((substring(t.izin_tglberakhir, 6, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('01' + '.', '03' + '.', '05' + '.', '07' + '.', '08' + '.', '10' + '.', '12' + '.')
OR substring(t.izin_tglberakhir, 9, 2) = '29'
AND substring(t.izin_tglberakhir, 6, 2) = '02'
AND ((substring(substring(t.izin_tglberakhir, 1, 4), 3, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('00' + '.', '04' + '.', '08' + '.', '12' + '.', '16' + '.', '20' + '.', '24' + '.', '28' + '.', '32' + '.', '36' + '.', '40' + '.', '44' + '.', '48' + '.', '52' + '.', '56' + '.', '60' + '.', '64' + '.', '68' + '.', '72' + '.', '76' + '.', '80' + '.', '84' + '.', '88' + '.', '92' + '.', '96' + '.')
AND (substring(substring(t.izin_tglberakhir, 1, 4), 3, 2) != '00'
OR ((substring(substring(t.izin_tglberakhir, 1, 4), 1, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('00' + '.', '04' + '.', '08' + '.', '12' + '.', '16' + '.', '20' + '.', '24' + '.', '28' + '.', '32' + '.', '36' + '.', '40' + '.', '44' + '.', '48' + '.', '52' + '.', '56' + '.', '60' + '.', '64' + '.', '68' + '.', '72' + '.', '76' + '.', '80' + '.', '84' + '.', '88' + '.', '92' + '.', '96' + '.')))) THEN concat(substring(t.izin_tglberakhir, 1, 4), '-', substring(t.izin_tglberakhir, 6, 2), '-', substring(t.izin_tglberakhir, 9, 2)) END END >= ?
AND t.izin_id IS NOT NULL
ORDER BY t.izin_tglberakhir ASC, t.izin_id ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('2026-12-01', '2026-12-01')

-- the children of many parents
SELECT n, c0, c1
FROM (SELECT p.n, u.c0, u.c1
FROM (VALUES (?, ?), (?, ?)) AS p(n, k)
CROSS APPLY (SELECT t.id_tanggapan AS c0, t.tanggapan AS c1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.tgl_tanggapan AS tgl_tanggapan, tbl_tanggapan.tanggapan AS tanggapan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = p.k
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_tanggapan IS NOT NULL
ORDER BY t.id_tanggapan ASC
OFFSET 0 ROWS
FETCH NEXT 5 ROWS ONLY) AS u) u
ORDER BY n, c0
-- (0, 7, 2, 8)

-- the children of parents with several keys
SELECT n, c0, c1, c2, c3
FROM (SELECT n, c0, c1, c2, c3, row_number() OVER (PARTITION BY n
ORDER BY c0 DESC) AS r
FROM (SELECT p.n, u.c0, u.c1, u.c2, u.c3
FROM (VALUES (?, ?), (?, ?), (?, ?), (?, ?)) AS p(n, k)
CROSS APPLY (SELECT t.id_pengaduan AS c0, t.no_tiket AS c1, t.stts AS c2, t.tgl_pengaduan AS c3
FROM tbl_pengaduan AS t
WHERE t.kd_desa = p.k
AND ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.') = (p.k + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 5 ROWS ONLY) AS u) u) w
WHERE r <= 5
ORDER BY n, r
-- (0, '36.71.01.1001', 0, '3671011001', 1, '36.71.01.1002', 1, '3671011002')

-- the children of one parent with very many keys
SELECT n, c0, c1, c2, c3
FROM (SELECT *
FROM (SELECT ? AS n, t.id_pengaduan AS c0, t.no_tiket AS c1, t.stts AS c2, t.tgl_pengaduan AS c3
FROM tbl_pengaduan AS t
WHERE t.kd_desa IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
AND ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 5 ROWS ONLY) b0) u
ORDER BY n, c0 DESC
-- (0, '36.71.01.1001', '3671011001', '36.71.01.1002', '3671011002', '36.71.01.1003', '3671011003', '36.71.01.1004', '3671011004', '36.71.01.1005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '36.71.01.1001', '3671011001', '36.71.01.1002', '3671011002', '36.71.01.1003', '3671011003', '36.71.01.1004', '3671011004', '36.71.01.1005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005', '3671011005')

-- a list with what it leads to
SELECT page.c0, page.c1, j0.kd_kategori AS j0c0, j0.nm_kategori AS j0c1
FROM (SELECT t.id_pengaduan AS c0, t.kd_kategori AS c1
FROM tbl_pengaduan AS t
WHERE t.nik IN (?, ?, ?, ?, ?, ?, ?, ?)
AND ((t.nik COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY) page LEFT OUTER JOIN m_kategori AS j0 ON j0.kd_kategori = CASE
WHEN (((page.c1 COLLATE Latin1_General_100_BIN2) + '.') IN ('K14' + '.')) THEN 'K03'
WHEN (((page.c1 COLLATE Latin1_General_100_BIN2) + '.') IN ('K17' + '.')) THEN 'K05'
ELSE page.c1 END
AND ((j0.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.', 'K03' + '.', 'K04' + '.', 'K05' + '.', 'K06' + '.', 'K07' + '.', 'K08' + '.', 'K09' + '.', 'K10' + '.', 'K11' + '.', 'K12' + '.', 'K13' + '.', 'K15' + '.', 'K16' + '.', 'K18' + '.')
AND CASE
WHEN (((j0.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.', '-' + '.')) THEN NULL
ELSE j0.kd_kategori END IS NOT NULL
ORDER BY page.c0 DESC
-- ('3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001', '3671016505900001', '36.71.01.650590.0001', '3671-0165-0590-0001', '3671 0165 0590 0001', '367101.650590.0001', '367101-650590-0001', '367101-650590-0001', '367101-650590-0001')

-- the children of many parents with what they lead to, where the viewer may see it
SELECT page.n, page.c0, page.c1, j0.id_pengaduan AS j0c0, j0.no_tiket AS j0c1
FROM (SELECT n, c0, c1
FROM (SELECT p.n, u.c0, u.c1
FROM (VALUES (?, ?), (?, ?)) AS p(n, k)
CROSS APPLY (SELECT t.id_tanggapan AS c0, t.id_pengaduan AS c1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.tgl_tanggapan AS tgl_tanggapan, tbl_tanggapan.stts AS stts, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = p.k
AND t.stts IN (?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_tanggapan IS NOT NULL
ORDER BY t.id_tanggapan ASC
OFFSET 0 ROWS
FETCH NEXT 5 ROWS ONLY) AS u) u) page LEFT OUTER JOIN tbl_pengaduan AS j0 ON j0.id_pengaduan = page.c1
AND (j0.publikasi = ?
AND ((j0.publikasi COLLATE Latin1_General_100_BIN2) + '.') = (? + '.')
OR j0.kd_opd IN (?, ?)
AND ((j0.kd_opd COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.'))
AND ((j0.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND j0.id_pengaduan IS NOT NULL
ORDER BY page.n, page.c0
-- (0, 7, 2, 8, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 'Publik', 'Publik', 'DPUPR', 'dpupr', 'DPUPR', 'dpupr')

-- the children of parents with several keys, with what they lead to
SELECT page.n, page.c0, page.c1, j0.kd_kategori AS j0c0, j0.nm_kategori AS j0c1
FROM (SELECT n, c0, c1
FROM (SELECT n, c0, c1, row_number() OVER (PARTITION BY n
ORDER BY c1 DESC) AS r
FROM (SELECT p.n, u.c0, u.c1
FROM (VALUES (?, ?), (?, ?), (?, ?), (?, ?)) AS p(n, k)
CROSS APPLY (SELECT t.kd_kategori AS c0, t.id_pengaduan AS c1
FROM tbl_pengaduan AS t
WHERE t.kd_desa = p.k
AND ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.') = (p.k + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 5 ROWS ONLY) AS u) u) w
WHERE r <= 5) page LEFT OUTER JOIN m_kategori AS j0 ON j0.kd_kategori = CASE
WHEN (((page.c0 COLLATE Latin1_General_100_BIN2) + '.') IN ('K14' + '.')) THEN 'K03'
WHEN (((page.c0 COLLATE Latin1_General_100_BIN2) + '.') IN ('K17' + '.')) THEN 'K05'
ELSE page.c0 END
AND ((j0.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.', 'K03' + '.', 'K04' + '.', 'K05' + '.', 'K06' + '.', 'K07' + '.', 'K08' + '.', 'K09' + '.', 'K10' + '.', 'K11' + '.', 'K12' + '.', 'K13' + '.', 'K15' + '.', 'K16' + '.', 'K18' + '.')
AND CASE
WHEN (((j0.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('' + '.', '-' + '.')) THEN NULL
ELSE j0.kd_kategori END IS NOT NULL
ORDER BY page.n, page.c1 DESC
-- (0, '36.71.01.1001', 0, '3671011001', 1, '36.71.01.1002', 1, '3671011002')

-- groups of what is stored, by month
SELECT (g.c0 COLLATE Latin1_General_100_BIN2) + '.' AS anon_1, (g.c1 COLLATE Latin1_General_100_BIN2) + '.' AS anon_2, (g.c2 COLLATE Latin1_General_100_BIN2) + '.' AS anon_3, count(*) AS n
FROM (SELECT t.kd_desa AS c0, t.stts AS c1, CASE
WHEN ((((substring(t.tgl_pengaduan, 1, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('01' + '.', '02' + '.', '03' + '.', '04' + '.', '05' + '.', '06' + '.', '07' + '.', '08' + '.', '09' + '.', '10' + '.', '11' + '.', '12' + '.', '13' + '.', '14' + '.', '15' + '.', '16' + '.', '17' + '.', '18' + '.', '19' + '.', '20' + '.', '21' + '.', '22' + '.', '23' + '.', '24' + '.', '25' + '.', '26' + '.', '27' + '.', '28' + '.')
OR ((substring(t.tgl_pengaduan, 1, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('29' + '.', '30' + '.', '31' + '.')
AND (substring(t.tgl_pengaduan, 1, 2) <= '30'
AND substring(t.tgl_pengaduan, 4, 2) != '02'
OR substring(t.tgl_pengaduan, 1, 2) = '31'
AND ((substring(t.tgl_pengaduan, 4, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('01' + '.', '03' + '.', '05' + '.', '07' + '.', '08' + '.', '10' + '.', '12' + '.')
OR substring(t.tgl_pengaduan, 1, 2) = '29'
AND substring(t.tgl_pengaduan, 4, 2) = '02'
AND ((substring(substring(t.tgl_pengaduan, 7, 4), 3, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('00' + '.', '04' + '.', '08' + '.', '12' + '.', '16' + '.', '20' + '.', '24' + '.', '28' + '.', '32' + '.', '36' + '.', '40' + '.', '44' + '.', '48' + '.', '52' + '.', '56' + '.', '60' + '.', '64' + '.', '68' + '.', '72' + '.', '76' + '.', '80' + '.', '84' + '.', '88' + '.', '92' + '.', '96' + '.')
AND (substring(substring(t.tgl_pengaduan, 7, 4), 3, 2) != '00'
OR ((substring(substring(t.tgl_pengaduan, 7, 4), 1, 2) COLLATE Latin1_General_100_BIN2) + '.') IN ('00' + '.', '04' + '.', '08' + '.', '12' + '.', '16' + '.', '20' + '.', '24' + '.', '28' + '.', '32' + '.', '36' + '.', '40' + '.', '44' + '.', '48' + '.', '52' + '.', '56' + '.', '60' + '.', '64' + '.', '68' + '.', '72' + '.', '76' + '.', '80' + '.', '84' + '.', '88' + '.', '92' + '.', '96' + '.'))))
AND ((substring(t.tgl_pengaduan, 11, 3) COLLATE Latin1_General_100_BIN2) + '.') IN (' 00' + '.', ' 01' + '.', ' 02' + '.', ' 03' + '.', ' 04' + '.', ' 05' + '.', ' 06' + '.', ' 07' + '.', ' 08' + '.', ' 09' + '.', ' 10' + '.', ' 11' + '.', ' 12' + '.', ' 13' + '.', ' 14' + '.', ' 15' + '.', ' 16' + '.', ' 17' + '.', ' 18' + '.', ' 19' + '.', ' 20' + '.', ' 21' + '.', ' 22' + '.', ' 23' + '.')
AND ((substring(t.tgl_pengaduan, 14, 4) COLLATE Latin1_General_100_BIN2) + '.') IN (':00' + '.', ':01' + '.', ':02' + '.', ':03' + '.', ':04' + '.', ':05' + '.', ':06' + '.', ':07' + '.', ':08' + '.', ':09' + '.', ':10' + '.', ':11' + '.', ':12' + '.', ':13' + '.', ':14' + '.', ':15' + '.', ':16' + '.', ':17' + '.', ':18' + '.', ':19' + '.', ':20' + '.', ':21' + '.', ':22' + '.', ':23' + '.', ':24' + '.', ':25' + '.', ':26' + '.', ':27' + '.', ':28' + '.', ':29' + '.', ':30' + '.', ':31' + '.', ':32' + '.', ':33' + '.', ':34' + '.', ':35' + '.', ':36' + '.', ':37' + '.', ':38' + '.', ':39' + '.', ':40' + '.', ':41' + '.', ':42' + '.', ':43' + '.', ':44' + '.', ':45' + '.', ':46' + '.', ':47' + '.', ':48' + '.', ':49' + '.', ':50' + '.', ':51' + '.', ':52' + '.', ':53' + '.', ':54' + '.', ':55' + '.', ':56' + '.', ':57' + '.', ':58' + '.', ':59' + '.')) THEN concat(substring(t.tgl_pengaduan, 3, 8)) END AS c2
FROM tbl_pengaduan AS t
WHERE t.kd_kategori IN (?, ?)
AND ((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL) AS g GROUP BY (g.c0 COLLATE Latin1_General_100_BIN2) + '.', (g.c1 COLLATE Latin1_General_100_BIN2) + '.', (g.c2 COLLATE Latin1_General_100_BIN2) + '.'
OFFSET 0 ROWS
FETCH NEXT 101 ROWS ONLY
-- ('K03', 'K14', 'K03', 'K14')

-- all rows as one group
SELECT count(*) AS n
FROM tbl_pengaduan AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
-- ()

-- rows that lead to others of their source
SELECT t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE (EXISTS (SELECT 1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_tanggapan.stts AS stts, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS tx
WHERE tx.id_pengaduan = t.id_pengaduan
AND tx.stts IN (?, ?)
AND ((tx.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((tx.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND tx.id_tanggapan IS NOT NULL
AND tx.id_pengaduan IS NOT NULL))
AND NOT (EXISTS (SELECT 1
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS tx
WHERE tx.id_pengaduan = t.id_pengaduan
AND ((tx.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND tx.id_tanggapan IS NOT NULL
AND tx.id_pengaduan IS NOT NULL))
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
ORDER BY t.id_pengaduan DESC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- ('Selesai', 'SELESAI', 'Selesai', 'SELESAI')

-- children of parents, and rows that are named
SELECT n, c0
FROM (SELECT n, c0, row_number() OVER (PARTITION BY n
ORDER BY c0) AS r
FROM (SELECT *
FROM (SELECT ? AS n, t.id_pengaduan AS c0
FROM tbl_pengaduan AS t
WHERE t.kd_desa = ?
AND ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.') = (? + '.')
AND t.stts IN (?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 3 ROWS ONLY) b0
UNION ALL SELECT *
FROM (SELECT ? AS anon_1, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.kd_desa = ?
AND ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.') = (? + '.')
AND t.stts IN (?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 3 ROWS ONLY) b1
UNION ALL SELECT *
FROM (SELECT ? AS anon_1, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.id_pengaduan IN (?, ?, ?, ?)
AND t.stts IN (?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 3 ROWS ONLY) b2
UNION ALL SELECT *
FROM (SELECT ? AS anon_1, t.id_pengaduan
FROM tbl_pengaduan AS t
WHERE t.id_pengaduan = ?
AND t.stts IN (?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 3 ROWS ONLY) b3) u) w
WHERE r <= 3
ORDER BY n, r
-- (0, '36.71.01.1001', '36.71.01.1001', 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 0, '3671011001', '3671011001', 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 0, 7, 8, 9, 9, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI', 1, 5, 'Selesai', 'SELESAI', 'Selesai', 'SELESAI')

-- a box around a place
SELECT t.id_pengaduan AS c0, t.lat AS c1, t.lng AS c2
FROM tbl_pengaduan AS t
WHERE (TRY_CAST (t.lat AS DOUBLE PRECISION) BETWEEN ?
AND ?
AND TRY_CAST (t.lng AS DOUBLE PRECISION) BETWEEN ?
AND ?
OR TRY_CAST (t.lng AS DOUBLE PRECISION) BETWEEN ?
AND ?
AND TRY_CAST (t.lat AS DOUBLE PRECISION) BETWEEN ?
AND ?)
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
ORDER BY t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- (-6.19, -6.18, 106.63, 106.64, -6.19, -6.18, 106.63, 106.64)

-- by the rank of what rows lead to, after a place
SELECT t.id_pengaduan AS c0, CASE
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K03' + '.', 'K14' + '.')) THEN 0
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.')) THEN 1 END AS c1
FROM tbl_pengaduan AS t
WHERE ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
AND (CASE
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K03' + '.', 'K14' + '.')) THEN 0
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.')) THEN 1 END > ?
OR CASE
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K03' + '.', 'K14' + '.')) THEN 0
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.')) THEN 1 END IS NULL
OR CASE
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K03' + '.', 'K14' + '.')) THEN 0
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.')) THEN 1 END = ?
AND t.id_pengaduan > ?)
ORDER BY CASE
WHEN (CASE
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K03' + '.', 'K14' + '.')) THEN 0
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.')) THEN 1 END IS NULL) THEN 1
ELSE 0 END ASC, CASE
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K03' + '.', 'K14' + '.')) THEN 0
WHEN (((t.kd_kategori COLLATE Latin1_General_100_BIN2) + '.') IN ('K01' + '.', 'K02' + '.')) THEN 1 END ASC, t.id_pengaduan ASC
OFFSET 0 ROWS
FETCH NEXT 20 ROWS ONLY
-- (1, 1, 7)

-- a count
SELECT count(*) AS c
FROM tbl_pengaduan AS t
WHERE t.stts IN (?, ?)
AND ((t.stts COLLATE Latin1_General_100_BIN2) + '.') IN (? + '.', ? + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL
-- ('Selesai', 'SELESAI', 'Selesai', 'SELESAI')

-- a count of a join
SELECT count(*) AS c
FROM (SELECT tbl_tanggapan.id_tanggapan AS id_tanggapan, tbl_tanggapan.id_pengaduan AS id_pengaduan, tbl_pengaduan.hapus AS hapus
FROM tbl_tanggapan JOIN tbl_pengaduan ON tbl_pengaduan.id_pengaduan = tbl_tanggapan.id_pengaduan) AS t
WHERE t.id_pengaduan = ?
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_tanggapan IS NOT NULL
-- (7,)

-- counts for many parents
SELECT p.n, u.c
FROM (VALUES (?, ?), (?, ?), (?, ?), (?, ?)) AS p(n, k)
CROSS APPLY (SELECT count(*) AS c
FROM tbl_pengaduan AS t
WHERE t.kd_desa = p.k
AND ((t.kd_desa COLLATE Latin1_General_100_BIN2) + '.') = (p.k + '.')
AND ((t.hapus COLLATE Latin1_General_100_BIN2) + '.') IN ('T' + '.')
AND t.id_pengaduan IS NOT NULL) AS u
-- (0, '36.71.01.1001', 0, '3671011001', 1, '36.71.01.1002', 1, '3671011002')
