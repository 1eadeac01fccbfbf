package bulk

import (
	"bytes"
	"context"
	"strings"
)

// ImportSQL and ExportSQL return the statements for files of these suffixes.

func ImportSQL(table string, suffixes []string, opts ...Option) (string, error) {
	parquet := strings.Contains(suffixes[0], "parquet")
	return statement(suffixes, func(o *options) (func([]place) string, error) { return importSQL(table, o, parquet) }, opts)
}

func ExportSQL(from string, suffixes []string, opts ...Option) (string, error) {
	return statement(suffixes, func(o *options) (func([]place) string, error) { return exportSQL(from, o) }, opts)
}

func statement(suffixes []string, make func(*options) (func([]place) string, error), opts []Option) (string, error) {
	sql, err := make(newOptions(opts))
	if err != nil {
		return "", err
	}
	return sql(placesFor(suffixes)), nil
}

func placesFor(suffixes []string) (places []place) {
	for i, suffix := range suffixes {
		places = append(places, place{"https://10.0.0.1:2000" + string(rune('0'+i)), "sha256//k=", "00" + string(rune('0'+i)) + suffix})
	}
	return places
}

// LocalSQL returns what a statement with LOCAL becomes, and the files in it.
func LocalSQL(sql string) (rewritten string, files []string, ok bool) {
	l, ok := parseLocal(sql)
	if !ok {
		return "", nil, false
	}
	suffixes := make([]string, len(l.files))
	for i := range suffixes {
		suffixes[i] = l.suffix()
	}
	return l.sql(placesFor(suffixes)), l.files, true
}

// LocalParts returns what stands before and after the part that is rewritten.
func LocalParts(sql string) (before, after string, ok bool) {
	l, ok := parseLocal(sql)
	return l.before, l.after, ok
}

// CheckLocal returns what is wrong with a statement with LOCAL.
func CheckLocal(sql string, opts ...Option) error {
	l, _ := parseLocal(sql)
	return l.check(newOptions(opts))
}

var KnowsParquet = knowsParquet

// Bodies returns what the first file of a source gives if it is asked n times, and whether it may be.
func Bodies(ctx context.Context, from Source, n int) (bodies []string, again bool) {
	list, err := from.origins()
	if err != nil {
		return []string{err.Error()}, false
	}
	f, err := list[0].file(newOptions(nil), formatCSV)
	for range n {
		var b bytes.Buffer
		if err == nil {
			err = f.send(ctx, &b)
		}
		if err != nil {
			return append(bodies, err.Error()), f.again
		}
		bodies = append(bodies, b.String())
	}
	return bodies, f.again
}
