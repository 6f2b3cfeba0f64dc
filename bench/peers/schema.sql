-- What PostGraphile shows: the clean tables under the names of the hub's graph, with the rows that everybody may see.
-- Smart tags stand for the keys that a view cannot have. The argument makes each request another one, as for the hub.
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

CREATE VIEW peer.categories AS SELECT code, name FROM clean_categories;
COMMENT ON VIEW peer.categories IS '@primaryKey code';
CREATE VIEW peer.areas AS SELECT code, name FROM clean_areas;
COMMENT ON VIEW peer.areas IS '@primaryKey code';

CREATE VIEW peer.complaints AS
    SELECT id, ticket_number, status, status_detail, requested_at, category_code, area_code
    FROM clean_complaints WHERE publication IN ('PUBLIC', 'ANONYMOUS');
COMMENT ON VIEW peer.complaints IS E'@primaryKey id\n@foreignKey (category_code) references peer.categories (code)|@fieldName category\n@foreignKey (area_code) references peer.areas (code)|@fieldName area';

CREATE VIEW peer.postings AS
    SELECT id, title, hiring_organization, description, industry, employment_type, education, date_posted,
        valid_through, status, location
    FROM clean_postings WHERE verification = 'VERIFIED';
COMMENT ON VIEW peer.postings IS '@primaryKey id';

CREATE FUNCTION peer.complaints_but(but text) RETURNS SETOF peer.complaints LANGUAGE sql STABLE AS
    $$ SELECT * FROM peer.complaints WHERE ticket_number <> but ORDER BY id $$;
CREATE FUNCTION peer.postings_but(but text) RETURNS SETOF peer.postings LANGUAGE sql STABLE AS
    $$ SELECT * FROM peer.postings WHERE title <> but ORDER BY id $$;
