package compat

import (
	"database/sql"
	"encoding/hex"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/feature"
	"github.com/uptrace/bun/dialect/sqltype"
	"github.com/uptrace/bun/schema"
)

// bunDialect is what bun has to know about Exasol: bun.NewDB(db, newBunDialect()).
//
// Names of tables and columns without a capital letter are written in upper case, as the database stores them, so that
// conditions in SQL need no quotes. Order quotes what it is given, so write Order("ID DESC") or OrderExpr("id DESC"). bun
// writes all values into the text of statements. The tag autoincrement is taken for identity: the database numbers the
// rows, but does not tell the numbers. There are no savepoints, so a transaction cannot begin inside of another.
type bunDialect struct {
	schema.BaseDialect
	tables *schema.Tables
}

var _ schema.Dialect = (*bunDialect)(nil)

func newBunDialect() *bunDialect {
	d := &bunDialect{}
	d.tables = schema.NewTables(d)
	return d
}

func (*bunDialect) Init(*sql.DB) {}

// Name is a number that bun has no name for.
func (*bunDialect) Name() dialect.Name { return 100 }

// Features has SelectExists, because the other way to ask whether there are rows is to count the rows that a query has
// changed. Whether a database takes SELECT EXISTS (...) was not verified.
func (*bunDialect) Features() feature.Feature {
	return feature.CTE | feature.SelectExists | feature.DefaultPlaceholder | feature.CompositeIn | feature.TableTruncate | feature.TableNotExists | feature.GeneratedIdentity
}

func (d *bunDialect) Tables() *schema.Tables { return d.tables }

func (*bunDialect) IdentQuote() byte { return '"' }

// bunTypes are the types that bun finds for fields, as Exasol has them. An int64 needs 19 digits.
var bunTypes = map[string]string{
	sqltype.SmallInt: "DECIMAL(5,0)",
	sqltype.Integer:  "DECIMAL(10,0)",
	sqltype.BigInt:   "DECIMAL(19,0)",
	sqltype.Real:     "DOUBLE",
	sqltype.VarChar:  "VARCHAR(2000000)",
	sqltype.JSON:     "VARCHAR(2000000)",
	sqltype.JSONB:    "VARCHAR(2000000)",
}

// OnTable gives names capitals and columns their types, with DEFAULT before NOT NULL.
func (d *bunDialect) OnTable(table *schema.Table) {
	table.Name, table.Alias = capitals(table.Name), capitals(table.Alias)
	table.SQLName, table.SQLAlias = capitals(table.SQLName), capitals(table.SQLAlias)
	table.SQLNameForSelects = capitals(table.SQLNameForSelects)
	for name, field := range maps.Clone(table.FieldMap) {
		if field.Name != capitals(field.Name) || field.CreateTableSQLType == "" {
			d.onField(field)
		}
		table.FieldMap[capitals(name)] = field
	}
}

func (*bunDialect) onField(field *schema.Field) {
	field.Name, field.SQLName = capitals(field.Name), capitals(field.SQLName)
	typ := field.UserSQLType
	if typ == "" {
		typ = field.DiscoveredSQLType
	}
	if t, ok := bunTypes[strings.ToUpper(typ)]; ok {
		typ = t
	}
	if strings.EqualFold(typ, "DATE") {
		inner := field.Append
		field.Append = func(gen schema.QueryGen, b []byte, v reflect.Value) []byte {
			b = append(b, "CAST("...)
			b = inner(gen, b, v)
			return append(b, " AS DATE)"...)
		}
	}
	if scan := field.Scan; strings.HasPrefix(strings.ToUpper(typ), "HASHTYPE") && field.IndirectType.Kind() == reflect.Slice {
		field.Scan = func(dest reflect.Value, src any) (err error) {
			if text, ok := src.(string); ok { // in the HASHTYPE_FORMAT of the session, which is HEX unless it was changed
				if src, err = hex.DecodeString(text); err != nil {
					return err
				}
			}
			return scan(dest, src)
		}
	}
	if field.AutoIncrement || field.Identity {
		field.AutoIncrement, field.Identity, field.NullZero, field.NotNull = false, true, true, false
	}
	if field.SQLDefault != "" {
		typ += " DEFAULT " + field.SQLDefault
		field.SQLDefault = ""
	}
	field.CreateTableSQLType = typ
}

// capitals gives a name capitals that has none; it may be in quotes or have parts.
func capitals[Name string | schema.Safe](name Name) Name {
	if text := string(name); text == strings.ToLower(text) {
		return Name(strings.ToUpper(text))
	}
	return name
}

// AppendTime writes the time as its own clock shows it, in a form that no setting of the session changes.
func (*bunDialect) AppendTime(b []byte, t time.Time) []byte {
	b = append(b, "TO_TIMESTAMP('"...)
	b = t.AppendFormat(b, "2006-01-02 15:04:05.000000")
	return append(b, "', 'YYYY-MM-DD HH24:MI:SS.FF6')"...)
}

// AppendBytes writes the bytes of a HASHTYPE; there is no other type for bytes.
func (*bunDialect) AppendBytes(b, bytes []byte) []byte {
	if bytes == nil {
		return dialect.AppendNull(b)
	}
	b = append(b, '\'')
	b = hex.AppendEncode(b, bytes)
	return append(b, '\'')
}

// AppendJSON writes a document as text.
func (d *bunDialect) AppendJSON(b, json []byte) []byte { return d.AppendString(b, string(json)) }

func (*bunDialect) AppendSequence(b []byte, _ *schema.Table, _ *schema.Field) []byte {
	return append(b, " IDENTITY"...)
}

func (*bunDialect) DefaultVarcharLen() int { return 2000000 }

func (*bunDialect) DefaultSchema() string { return "" }
