package commands_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
)

// allocated returns the bytes that fn allocates.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// list returns n copies of a JSON value with commas between them.
func list(value string, n int) string {
	return strings.TrimSuffix(strings.Repeat(value+",", n), ",")
}

const resultSetOf = `{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numRows":0,"columns":[%s]}}]}`

// TestTooMany counts to the bounds and beyond them. What is beyond costs next to nothing, however much it is.
func TestTooMany(t *testing.T) {
	tests := []struct {
		name  string
		parse func([]byte) error
		form  string // of the document
		value string // of an element
		most  int
		want  string
	}{
		{"columns", parseResults, resultSetOf, `{"name":"A","dataType":{"type":"X"}}`, commands.MaxColumns, "50001 columns, more than 50000"},
		{"null columns", parseResults, resultSetOf, `null`, 0, ""},
		{
			"parameters", parsePrepared, `{"statementHandle":1,"parameterData":{"columns":[%s]}}`, `{"dataType":{"type":"X"}}`,
			commands.MaxColumns, "50001 parameters, more than 50000",
		},
		{
			"columns of a prepared statement", parsePrepared,
			`{"statementHandle":1,"results":[{"resultType":"resultSet","resultSet":{"columns":[%s]}}]}`, `{"dataType":{"type":"X"}}`,
			commands.MaxColumns, "50001 columns, more than 50000",
		},
		{
			"results", func(data []byte) error { _, err := commands.ParseResultsOf(data, 3); return err }, `{"results":[%s]}`,
			`{"resultType":"rowCount"}`, 3, "results: 4 results, more than 3",
		},
		{"hosts", parseHosts, `{"nodes":[%s]}`, `""`, commands.MaxNodes, "hosts: 10001 nodes, more than 10000"},
		{
			"nodes", func(data []byte) error { _, err := commands.ParseParallel(data); return err }, `{"nodes":[%s]}`, `""`,
			commands.MaxNodes, "parallel connections: 10001 nodes, more than 10000",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.most > 0 {
				if err := test.parse(fmt.Appendf(nil, test.form, list(test.value, test.most))); err != nil {
					t.Errorf("%d: %v", test.most, err)
				}
			}
			for _, n := range []int{test.most + 1, 1_000_000} {
				doc := fmt.Appendf(nil, test.form, list(test.value, n))
				var err error
				bytes := allocated(func() { err = test.parse(doc) })
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%d: error %v, want %q", n, err, test.want)
				}
				if bytes > 64<<10 && test.want != "" {
					t.Errorf("%d: %d bytes were allocated", n, bytes)
				}
			}
		})
	}
}

func parseResults(data []byte) error { _, err := commands.ParseResults(data); return err }
func parseAnswer(msg []byte) error {
	_, err := commands.ParseResultsAnswer(msg, mostResults)
	return err
}

func parsePrepared(data []byte) error { _, err := commands.ParsePrepared(data); return err }
func parseHosts(data []byte) error    { _, err := commands.ParseHosts(data); return err }

// TestMemoryOfAnswers parses documents that are as short as they can be for what they make a client allocate. Whatever a
// document is, no more than five bytes are allocated for each of its.
func TestMemoryOfAnswers(t *testing.T) {
	const factor = 5
	columns := list(`{"dataType":{"type":"X"}}`, commands.MaxColumns)
	wide := fmt.Sprintf(`{"resultType":"resultSet","resultSet":{"columns":[%s]}}`, columns)
	tests := []struct {
		name  string
		parse func([]byte) error
		doc   string
	}{
		{"columns", parseResults, fmt.Sprintf(resultSetOf, columns)},
		{"properties", parseResults, fmt.Sprintf(resultSetOf, list(`{"name":"ab","dataType":{"type":"ab","size":1,"scale":1,"srid":1,"fraction":1}}`, 50_000))},
		{"a property again and again", parseResults, fmt.Sprintf(resultSetOf, `{"dataType":{"type":"X",`+list(`"size":1`, 500_000)+`}}`)},
		{"columns again and again", parseResults, `{"results":[{"resultType":"resultSet","resultSet":{` + list(`"columns":[{"dataType":{"type":"X"}}]`, 50_000) + `}}]}`},
		{"wide results", parseResults, fmt.Sprintf(`{"results":[%s]}`, list(wide, 4))},
		{"results", parseResults, fmt.Sprintf(`{"results":[%s]}`, list(`{"resultType":"rowCount"}`, 100_000))},
		{"result sets", parseResults, fmt.Sprintf(`{"results":[%s]}`, list(`{"resultType":"resultSet","resultSet":{}}`, 100_000))},
		{"empty results", parseResults, fmt.Sprintf(`{"results":[%s]}`, list(`{}`, 500_000))},
		{"null results", parseResults, fmt.Sprintf(`{"results":[%s]}`, list(`0`, 500_000))},
		{"null columns", parseResults, fmt.Sprintf(resultSetOf, list(`0`, commands.MaxColumns))},
		{"results again and again", parseResults, `{` + list(`"results":[{"resultType":"rowCount"}]`, 50_000) + `}`},
		{"parameters", parsePrepared, fmt.Sprintf(`{"statementHandle":1,"parameterData":{"columns":[%s]}}`, columns)},
		{"results of a prepared statement", parsePrepared, fmt.Sprintf(`{"results":[%s]}`, list(`{"resultType":"rowCount"}`, 100_000))},
		{"results with their envelope", parseAnswer, fmt.Sprintf(`{"status":"ok","responseData":{"results":[%s]}}`, list(wide, mostResults))},
		{"results of an exception", parseAnswer, fmt.Sprintf(`{"responseData":{"results":[%s]},"exception":{},"status":"error"}`, wide)},
		{"hosts", parseHosts, fmt.Sprintf(`{"nodes":[%s]}`, list(`"a"`, commands.MaxNodes))},
		{"unknown keys", parseResults, `{` + list(`"\u0061":[[[]]]`, 100_000) + `}`},
		{"attributes", func(data []byte) error {
			a := commands.DefaultAttributes()
			return a.Merge(data)
		}, `{` + list(`"ab":1`, 100_000) + `,` + list(`"timezone":"ab"`, 100_000) + `}`},
		{"session info", func(data []byte) error { _, err := commands.ParseSessionInfo(data); return err }, `{` + list(`"ab":1`, 100_000) + `,"protocolVersion":1}`},
		{"envelope", func(data []byte) error { _, err := commands.ParseResponse(data); return err }, `{` + list(`"exception":{}`, 100_000) + `,"status":"error"}`},
		{"fetch", func(data []byte) error { _, err := commands.ParseFetch(data); return err }, `{"status":"ok","responseData":{"numRows":9223372036854775807,"data":[` + list(`[]`, 100_000) + `]}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := []byte(test.doc)
			bytes := allocated(func() { _ = test.parse(doc) })
			t.Logf("%.1f bytes for each of %d", float64(bytes)/float64(len(doc)), len(doc))
			if bytes > uint64(factor*len(doc)) {
				t.Errorf("%d bytes were allocated for a document of %d", bytes, len(doc))
			}
		})
	}
}
