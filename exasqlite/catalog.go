package exasqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"slices"
	"strconv"
)

// The catalog: what schemas, tables, views and scripts there are. SQLite has the rows only. Descriptions are JSON in
// tables of the same database, so that DDL takes part in transactions as it does in Exasol, and is rolled back with the
// rest.

// catalog is what a transaction sees of schemas, tables and views. It is kept in the SQLite database, one row per
// object, and so takes part in transactions. A loaded catalog is read-only.
type catalog struct {
	version int64 // of exa_meta; another one means that somebody has changed the catalog
	schemas map[string]*schema
	tables  map[[2]string]*table
	ids     map[int]*table // by ID, which foreign keys have
	scripts map[[2]string]*script
	foreign bool // some table has a foreign key
}

// schema is a schema as it is stored.
type schema struct {
	Name, Owner, Comment string
	Created              string // stored TIMESTAMP
}

// table is a table or a view. Its rows are in the SQLite table t<Rows>, whose columns are c<ID of the column>: SQLite's
// names do not know case as the database does.
type table struct {
	ID           int
	Rows         int // of the SQLite table; a new one whenever the rows move
	Schema, Name string
	Owner        string
	Comment      string
	Created      string // stored TIMESTAMP
	Columns      []column
	Key          []string // names of the primary key's columns in order
	KeyName      string
	Foreign      []foreignKey
	IsView       bool
	ViewText     string   // the query
	ViewSource   string   // the statement
	ViewColumns  []string // names given to its columns, or none
	ViewSchema   string   // the schema that was open when the view was made
	Distribution []string
	Partition    []string
}

// column is a column as it is stored.
type column struct {
	ID       int
	Name     string
	Type     typ
	NotNull  bool
	Identity bool
	Start    int64
	Default  string // source text
	Comment  string
}

func (t *table) sqlName() string  { return "t" + strconv.Itoa(t.Rows) }
func (c *column) sqlName() string { return "c" + strconv.Itoa(c.ID) }

// column finds a column by its name, nil if there is none.
func (t *table) column(name string) *column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// byID finds a table by the number that it keeps for life, whatever it is called.
func (c *catalog) byID(id int) *table { return c.ids[id] }

// byRows finds the table whose rows are in the SQLite table of this number.
func (c *catalog) byRows(n int) *table {
	for _, t := range c.tables {
		if t.Rows == n && !t.IsView {
			return t
		}
	}
	return nil
}

// identity is the name of an IDENTITY column's counter.
func (t *table) identity(c *column) string { return strconv.Itoa(t.ID) + "." + strconv.Itoa(c.ID) }

// sorted returns the tables and views by schema and name.
func (c *catalog) sorted() []*table {
	var all []*table
	for _, t := range c.tables {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *table) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// MarshalJSON writes the type as an array of numbers.
func (t typ) MarshalJSON() ([]byte, error) {
	ascii := 0
	if t.ascii {
		ascii = 1
	}
	return json.Marshal([4]int{int(t.kind), t.p, t.s, ascii})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *typ) UnmarshalJSON(b []byte) error {
	var n [4]int
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*t = typ{kind: kind(n[0]), p: n[1], s: n[2], ascii: n[3] != 0}
	return nil
}

// catalogSchema makes the tables of the catalog.
const catalogSchema = `
CREATE TABLE exa_meta(version INTEGER NOT NULL);
INSERT INTO exa_meta VALUES(1);
CREATE TABLE exa_schemas(name TEXT PRIMARY KEY, def TEXT NOT NULL);
CREATE TABLE exa_tables(id INTEGER PRIMARY KEY, def TEXT NOT NULL);
CREATE TABLE exa_scripts(id INTEGER PRIMARY KEY, def TEXT NOT NULL);
CREATE TABLE exa_identities(name TEXT PRIMARY KEY, last INTEGER NOT NULL);`

// loadCatalog returns the catalog as the session's transaction sees it.
func (s *session) loadCatalog() (*catalog, error) {
	version := int64(0)
	err := s.query(context.Background(), "SELECT version FROM exa_meta", nil, func(row []driver.Value) error {
		version = row[0].(int64)
		return nil
	})
	if err != nil || s.cat != nil && s.cat.version == version {
		return s.cat, err
	}
	cat := &catalog{
		version: version, schemas: map[string]*schema{}, tables: map[[2]string]*table{}, ids: map[int]*table{},
		scripts: map[[2]string]*script{},
	}
	err = s.query(context.Background(), "SELECT def FROM exa_schemas", nil, func(row []driver.Value) error {
		sc := &schema{}
		if err := json.Unmarshal([]byte(row[0].(string)), sc); err != nil {
			return err
		}
		cat.schemas[sc.Name] = sc
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.query(context.Background(), "SELECT def FROM exa_tables", nil, func(row []driver.Value) error {
		t := &table{}
		if err := json.Unmarshal([]byte(row[0].(string)), t); err != nil {
			return err
		}
		cat.tables[[2]string{t.Schema, t.Name}] = t
		cat.ids[t.ID] = t
		cat.foreign = cat.foreign || len(t.Foreign) > 0
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.query(context.Background(), "SELECT def FROM exa_scripts", nil, func(row []driver.Value) error {
		x := &script{}
		if err := json.Unmarshal([]byte(row[0].(string)), x); err != nil {
			return err
		}
		cat.scripts[[2]string{x.Schema, x.Name}] = x
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.cat = cat
	return cat, nil
}

// touchCatalog makes every session load the catalog again once the transaction is committed, and this one now.
func (s *session) touchCatalog(ctx context.Context) error {
	s.cat = nil
	_, err := s.exec(ctx, "UPDATE exa_meta SET version = version + 1")
	return err
}

// saveTable stores a new or changed description.
func (s *session) saveTable(ctx context.Context, t *table) error {
	def, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := s.exec(ctx, "INSERT OR REPLACE INTO exa_tables VALUES(?1, ?2)", int64(t.ID), string(def)); err != nil {
		return err
	}
	return s.touchCatalog(ctx)
}

// saveSchema stores a new or changed schema.
func (s *session) saveSchema(ctx context.Context, sc *schema) error {
	def, err := json.Marshal(sc)
	if err != nil {
		return err
	}
	if _, err := s.exec(ctx, "INSERT OR REPLACE INTO exa_schemas VALUES(?1, ?2)", sc.Name, string(def)); err != nil {
		return err
	}
	return s.touchCatalog(ctx)
}

// dropTable removes a table or a view and its rows.
func (s *session) dropTable(ctx context.Context, t *table) error {
	if !t.IsView {
		if _, err := s.exec(ctx, "DROP TABLE "+t.sqlName()); err != nil {
			return err
		}
		if _, err := s.exec(ctx, "DELETE FROM exa_identities WHERE name GLOB ?1", strconv.Itoa(t.ID)+".*"); err != nil {
			return err
		}
	}
	if _, err := s.exec(ctx, "DELETE FROM exa_tables WHERE id = ?1", int64(t.ID)); err != nil {
		return err
	}
	return s.touchCatalog(ctx)
}
