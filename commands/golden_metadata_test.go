package commands_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// metadata is the protocol's table of the metadata commands, typed from the documents a second time. The kinds of
// columns are s for text, n for numbers and b for booleans.
var metadata = []struct {
	request commands.Command
	row     any
	filters string
	columns string
}{
	{
		commands.ColumnPrivilegesFilter{},
		commands.ColumnPrivilege{},
		"schema, table, column", "SCHEMA s, TABLE s, COLUMN s, NAME s, GRANTOR s, GRANTEE s, OWNER s",
	},
	{
		commands.ColumnsFilter{},
		commands.TableColumn{},
		"schema, table, column, tableTypes", "SCHEMA s, TABLE s, NAME s, TABLE_TYPE s, TYPE s, TYPE_ID n, MAXSIZE n, " +
			"NUM_PREC n, NUM_SCALE n, ORDINAL_POSITION n, IS_VIRTUAL b, IS_NULLABLE b, IS_DISTRIBUTION_KEY b, " +
			"PARTITION_KEY_ORDINAL_POSITION n, DEFAULT s, IS_IDENTITY b, OWNER s, COMMENT s",
	},
	{commands.ConnectionsFilter{}, commands.Connection{}, "name", "NAME s, CREATED s, COMMENT s"},
	{commands.FunctionsFilter{}, commands.Function{}, "schema, function", "SCHEMA s, NAME s, OWNER s, COMMENT s"},
	{commands.GetKeywords{}, commands.Keyword{}, "", "KEYWORD s, RESERVED b"},
	{
		commands.PrimaryKeysFilter{},
		commands.PrimaryKey{},
		"schema, table", "SCHEMA s, TABLE s, NAME s, OWNER s, ORDINAL_POSITION n, COLUMN_NAME s",
	},
	{commands.PropertiesFilter{}, commands.Property{}, "name", "NAME s, VALUE s"},
	{commands.RolesFilter{}, commands.Role{}, "name", "NAME s, CREATED s, CONSUMER_GROUP s, COMMENT s"},
	{commands.SchemasFilter{}, commands.Schema{}, "schema", "NAME s, OWNER s, IS_VIRTUAL b, COMMENT s"},
	{
		commands.ScriptsFilter{},
		commands.Script{},
		"schema, script", "SCHEMA s, NAME s, OWNER s, TYPE s, LANGUAGE s, INPUT_TYPE s, RESULT_TYPE s, COMMENT s",
	},
	{
		commands.TablePrivilegesFilter{},
		commands.TablePrivilege{},
		"schema, table", "SCHEMA s, TABLE s, NAME s, GRANTOR s, GRANTEE s, OWNER s",
	},
	{
		commands.TablesFilter{},
		commands.Table{},
		"schema, table, tableTypes", "SCHEMA s, NAME s, OWNER s, TABLE_TYPE s, IS_VIRTUAL b, HAS_DISTRIBUTION_KEY b, HAS_PARTITION_KEY b, COMMENT s",
	},
	{commands.GetTableTypes{}, commands.TableType{}, "", "TABLE_TYPE s"},
	{
		commands.GetTypeInfo{},
		commands.TypeInfo{},
		"", "NAME s, TYPE_ID n, PRECISION n, LITERAL_PREFIX s, LITERAL_SUFFIX s, CREATE_PARAMS s, IS_NULLABLE b, " +
			"CASE_SENSITIVE b, SEARCHABLE n, UNSIGNED_ATTRIBUTE b, FIXED_PREC_SCALE b, AUTO_INCREMENT b, LOCAL_TYPE_NAME s, " +
			"MINIMUM_SCALE n, MAXIMUM_SCALE n, SQL_DATA_TYPE n, SQL_DATETIME_SUB n, NUM_PREC_RADIX n, INTERVAL_PRECISION n",
	},
	{commands.UsersFilter{}, commands.User{}, "name", "NAME s, CREATED s, CONSUMER_GROUP s, COMMENT s"},
}

// TestMetadataStructs compares the generated structs with the table: the fields of the requests, and the columns that
// the rows are filled from.
func TestMetadataStructs(t *testing.T) {
	tested := map[string]bool{}
	for _, m := range metadata {
		name := m.request.CommandName()
		tested[name] = true
		t.Run(name, func(t *testing.T) {
			var filters []string
			for field := range reflect.TypeOf(m.request).Fields() {
				key, option, _ := strings.Cut(field.Tag.Get("json"), ",")
				filters = append(filters, key)
				if option != "omitzero" { // an empty list is a filter
					t.Errorf("field %s: a filter that is not set must not be sent", field.Name)
				}
			}
			if diff := cmp.Diff(m.filters, strings.Join(filters, ", ")); diff != "" {
				t.Errorf("filters (-want +got):\n%s", diff)
			}

			var columns []string
			for field := range reflect.TypeOf(m.row).Fields() {
				if field.Name == "Extra" {
					continue
				}
				typ := field.Type
				if typ.Kind() == reflect.Pointer {
					typ = typ.Elem()
				}
				kind := map[reflect.Kind]string{reflect.String: "s", reflect.Int64: "n", reflect.Bool: "b"}[typ.Kind()]
				columns = append(columns, field.Tag.Get("exa")+" "+kind)
			}
			if diff := cmp.Diff(m.columns, strings.Join(columns, ", ")); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		})
	}
	for _, info := range commands.All() {
		if (info.Family == commands.FamilyMetadata) != tested[info.Name] {
			t.Errorf("%s is of family %q, but is it in this test: %t", info.Name, info.Family, tested[info.Name])
		}
	}
}

// TestMetadataNulls wants pointers for the columns that the documents of answers have a NULL in.
func TestMetadataNulls(t *testing.T) {
	for _, m := range metadata {
		answer := decodeResults(t, commandOf(m.request.CommandName()))
		typ := reflect.TypeOf(m.row)
		for c, values := range answer.data {
			for _, v := range values {
				if v == nil && typ.Field(c).Type.Kind() != reflect.Pointer {
					t.Errorf("%s: %s is NULL in the document but the field %s cannot say so", typ.Name(), answer.set.Columns[c].Name, typ.Field(c).Name)
				}
			}
		}
	}
}

// metadataResponses returns the documents of the answers to metadata commands. What must be read from them comes from
// the table above and from another JSON decoder.
func metadataResponses(t *testing.T) []response {
	t.Helper()
	var list []response
	for _, m := range metadata {
		name := m.request.CommandName()
		answer := decodeResults(t, name)
		answer.set.Columns = metadataColumns(m.columns)
		list = append(list, response{document: name, parse: results, payload: []commands.Result{resultSet(answer.set)}})
	}
	return append(list, response{document: "getUsers.norows", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: commands.NoHandle, Columns: metadataColumns("NAME s, CREATED s, CONSUMER_GROUP s, COMMENT s"),
	})}})
}

func metadataColumns(list string) []commands.ColumnInfo {
	var columns []commands.ColumnInfo
	for column := range strings.SplitSeq(list, ", ") {
		name, kind, _ := strings.Cut(column, " ")
		typ := map[string]commands.DataType{"s": varchar(128), "n": decimal(18, 0), "b": {Type: commands.Boolean}}[kind]
		columns = append(columns, commands.ColumnInfo{Name: name, DataType: typ})
	}
	return columns
}

// decoded is the one result set of a document, read by encoding/json.
type decoded struct {
	set  commands.ResultSet
	data [][]any
}

func decodeResults(t *testing.T, name string) decoded {
	t.Helper()
	var answer struct {
		ResponseData struct {
			Results []struct {
				ResultSet struct {
					NumRows          int64
					NumRowsInMessage int64
					Columns          []commands.ColumnInfo
					Data             json.RawMessage
				}
			}
		}
	}
	if err := json.Unmarshal(document(t, "responses", name), &answer); err != nil {
		t.Fatal(err)
	}
	rs := answer.ResponseData.Results[0].ResultSet
	d := decoded{set: commands.ResultSet{
		Handle: commands.NoHandle, NumRows: rs.NumRows, NumRowsInMessage: rs.NumRowsInMessage, Columns: rs.Columns, Data: rs.Data,
	}}
	if err := json.Unmarshal(rs.Data, &d.data); err != nil {
		t.Fatal(err)
	}
	if len(d.data) != len(rs.Columns) || len(d.data[0]) != int(rs.NumRows) || rs.NumRows == 0 {
		t.Fatalf("%s contradicts itself", name)
	}
	return d
}
