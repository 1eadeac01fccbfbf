package commands_test

import (
	"encoding/json"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

func TestDataTypeString(t *testing.T) {
	tests := []struct{ wire, want string }{
		{`{"type":"BOOLEAN"}`, "BOOLEAN"},
		{`{"type":"CHAR","size":4,"characterSet":"ASCII"}`, "CHAR(4) ASCII"},
		{`{"type":"CHAR","size":1}`, "CHAR(1)"},
		{`{"type":"CHAR"}`, "CHAR"},
		{`{"type":"VARCHAR","size":2000000,"characterSet":"UTF8"}`, "VARCHAR(2000000) UTF8"},
		{`{"type":"VARCHAR","characterSet":"UTF8"}`, "VARCHAR UTF8"},
		{`{"type":"DATE"}`, "DATE"},
		{`{"type":"DATE","size":4}`, "DATE"},
		{`{"type":"DECIMAL","precision":18,"scale":0}`, "DECIMAL(18,0)"},
		{`{"type":"DECIMAL","precision":36,"scale":36}`, "DECIMAL(36,36)"},
		{`{"type":"DECIMAL","precision":18}`, "DECIMAL"},
		{`{"type":"DECIMAL","scale":2}`, "DECIMAL"},
		{`{"type":"DOUBLE"}`, "DOUBLE PRECISION"},
		{`{"type":"GEOMETRY"}`, "GEOMETRY"},
		{`{"type":"GEOMETRY","size":8000000,"srid":0}`, "GEOMETRY(0)"},
		{`{"type":"GEOMETRY","size":8000000,"srid":4326}`, "GEOMETRY(4326)"},
		{`{"type":"HASHTYPE"}`, "HASHTYPE"},
		{`{"type":"HASHTYPE","size":32}`, "HASHTYPE(16 BYTE)"},
		{`{"type":"HASHTYPE","size":30}`, "HASHTYPE(15 BYTE)"},
		{`{"type":"HASHTYPE","size":31}`, "HASHTYPE"},
		{`{"type":"HASHTYPE","size":0}`, "HASHTYPE"},
		{`{"type":"HASHTYPE","size":-2}`, "HASHTYPE"},
		{`{"type":"INTERVAL DAY TO SECOND","precision":2,"fraction":3}`, "INTERVAL DAY(2) TO SECOND(3)"},
		{`{"type":"INTERVAL DAY TO SECOND","size":16,"precision":9,"fraction":0}`, "INTERVAL DAY(9) TO SECOND(0)"},
		{`{"type":"INTERVAL DAY TO SECOND"}`, "INTERVAL DAY TO SECOND"},
		{`{"type":"INTERVAL YEAR TO MONTH","precision":2}`, "INTERVAL YEAR(2) TO MONTH"},
		{`{"type":"INTERVAL YEAR TO MONTH","size":8}`, "INTERVAL YEAR TO MONTH"},
		{`{"type":"TIMESTAMP","precision":0,"withLocalTimeZone":false}`, "TIMESTAMP(0)"},
		{`{"type":"TIMESTAMP","precision":9}`, "TIMESTAMP(9)"},
		{`{"type":"TIMESTAMP","size":8,"withLocalTimeZone":false}`, "TIMESTAMP"},
		{`{"type":"TIMESTAMP","size":16,"withLocalTimeZone":true}`, "TIMESTAMP"},
		{`{"type":"TIMESTAMP WITH LOCAL TIME ZONE","precision":3,"withLocalTimeZone":true}`, "TIMESTAMP(3) WITH LOCAL TIME ZONE"},
		{`{"type":"TIMESTAMP WITH LOCAL TIME ZONE","size":16}`, "TIMESTAMP WITH LOCAL TIME ZONE"},
		{`{"type":"JSON","size":5,"precision":3}`, "JSON"},
		{`{}`, ""},
	}
	tested := map[commands.TypeName]bool{}
	for _, test := range tests {
		var dt commands.DataType
		if err := json.Unmarshal([]byte(test.wire), &dt); err != nil {
			t.Fatal(err)
		}
		tested[dt.Type] = true
		if got := dt.String(); got != test.want {
			t.Errorf("%s is %q, want %q", test.wire, got, test.want)
		}
	}
	for _, dt := range allTypes(5) {
		if !tested[dt.Type] {
			t.Errorf("%s is not in this test", dt.Type)
		}
	}
}

// TestDataTypeIsEchoed: a type goes back to the server as it came, in each version of the protocol, with properties
// whose value is zero and without those that were absent.
func TestDataTypeIsEchoed(t *testing.T) {
	for _, name := range []string{"execute.types.v1", "execute.types.v2", "execute.types.v4", "execute.types.v5", "createPreparedStatement"} {
		var answer struct {
			ResponseData struct {
				ParameterData struct{ Columns json.RawMessage }
				Results       []struct {
					ResultSet struct{ Columns json.RawMessage }
				}
			}
		}
		if err := json.Unmarshal(document(t, "responses", name), &answer); err != nil {
			t.Fatal(err)
		}
		raw := answer.ResponseData.ParameterData.Columns
		if raw == nil {
			raw = answer.ResponseData.Results[0].ResultSet.Columns
		}
		parsed, err := commands.ParseResults([]byte(`{"results":[{"resultType":"resultSet","resultSet":{"columns":` + string(raw) + `}}]}`))
		if err != nil {
			t.Fatal(err)
		}
		columns := parsed[0].ResultSet.Columns
		msg, err := commands.Append(nil, commands.ExecutePreparedStatement{Columns: columns, Data: make([][]byte, len(columns))})
		if err != nil {
			t.Fatal(err)
		}
		var sent struct{ Columns any }
		if err := json.Unmarshal(msg, &sent); err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, sent.Columns); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
