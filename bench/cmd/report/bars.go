package main

import "slices"

// bar is a ratio that is wanted. Ours stands for our benchmark and base for the baseline; the ratio is base/ours where
// more is better (we are so many times faster), and ours/base where less is. If both say how many bytes they move, it is that
// of the costs per byte, so that a slow baseline may move fewer.
type bar struct {
	name, what string
	ours, base string
	counts     measure
	least      float64 // base/ours is at least this
	most       float64 // or: ours/base is at most this
	noAllocs   bool    // ours allocates nothing
	best       []string
}

// measure is what of a benchmark counts.
type measure int

const (
	clock measure = iota
	cpu
	memory // bytes allocated
)

func (m measure) String() string { return [...]string{"clock", "CPU", "bytes"}[m] }

const (
	// anyBefore and valuesBefore are the ratios of CPU time that rows into any and Values had against the stand-in for other clients
	// before they were made faster, over TLS and without: medians of 7 rounds in turns, from 2.8 to 4.75. Twice that is wanted.
	anyBefore, valuesBefore = 3.4, 3.6

	// compressedPath is what the whole compressed path reaches against the standard library, which only inflates.
	compressedPath = 2.0
)

// shapes are those of internal/benchdata.
var shapes = []string{"mixed10", "narrow", "wide"}

// each returns a bar for each shape. The shape follows the names of the benchmarks, and tail follows the shape.
func each(b bar, tail string, limits ...float64) (all []bar) {
	for i, shape := range shapes {
		one := b
		one.what += ", " + shape
		one.ours += "/" + shape + tail
		one.base += "/" + shape + tail
		if one.least = limits[i]; b.most > 0 {
			one.least, one.most = 0, limits[i]
		}
		all = append(all, one)
	}
	return all
}

// less marks a bar of [each] whose limits are upper ones.
const less = 1

// allBars returns the bars in the order of the report.
func allBars() []bar {
	const read, decode, deliver, encode = "ReadResult/", "DecodeMessage/", "DeliverRows/", "EncodeParameters/"
	return slices.Concat(
		each(bar{name: "P1", what: "decode vs encoding/json", ours: decode + "columns", base: decode + "encoding-json", counts: cpu, noAllocs: true}, "", 20, 16, 40),
		each(bar{name: "P2", what: "decode vs go-json", ours: decode + "columns", base: decode + "go-json", counts: cpu}, "", 4, 3.5, 4.5),
		[]bar{
			{name: "P3", what: "Each[T] vs database/sql Scan, dates as text", ours: deliver + "structs-dates-as-text", base: deliver + "database-sql-dates-as-text", least: 12},
			{name: "P3", what: "Each[T] vs database/sql Scan, dates parsed", ours: deliver + "structs", base: deliver + "database-sql", least: 12},
			{name: "P4", what: "columns vs database/sql Scan, dates as text", ours: deliver + "columns-dates-as-text", base: deliver + "database-sql-dates-as-text", counts: cpu, least: 60},
		},
		each(bar{name: "P5", what: "columns vs other client", ours: read + "columns", base: read + "other-client"}, "/plain", 20, 16, 30),
		each(bar{name: "P5", what: "columns vs other client, TLS", ours: read + "columns", base: read + "other-client"}, "/tls", 15, 12, 20),
		each(bar{name: "P6", what: "columns vs bytes only", ours: read + "columns", base: read + "bytes-only", most: less}, "/plain", 3.5, 6, 2),
		each(bar{name: "P6", what: "columns vs bytes only, TLS", ours: read + "columns", base: read + "bytes-only", most: less}, "/tls", 2, 3, 1.5),
		[]bar{{
			name: "P7b", what: "30 ms away, default vs best fixed size", ours: "ReadResultFar/default-sizes", most: 1.25,
			best: []string{"ReadResultFar/fixed-2MiB", "ReadResultFar/fixed-4MiB", "ReadResultFar/fixed-16MiB", "ReadResultFar/fixed-64MiB"},
		}},
		each(bar{name: "P8", what: "inflate vs standard library", ours: "InflateMessages/exawire", base: "InflateMessages/standard-library", counts: cpu}, "", 2, 2, 2),
		compressedBars(),
		[]bar{
			{name: "P9", what: "encode columns vs encoding/json", ours: encode + "columns", base: encode + "encoding-json", counts: cpu, least: 8},
			{name: "P9", what: "encode structs vs encoding/json", ours: encode + "structs", base: encode + "encoding-json", counts: cpu, least: 8},
		},
		each(bar{name: "P10", what: "database/sql vs other client, any", ours: read + "database-sql-any", base: read + "other-client"}, "/plain", 5, 5, 5),
		smallBars(),
		collectBars(),
		anyBars(),
		bulkBars,
	)
}

// compressedBars compare the whole path of compressed messages with inflating them by the standard library and doing nothing
// else.
func compressedBars() (all []bar) {
	for _, shape := range shapes {
		all = append(all, bar{
			name: "P8", what: "columns, zlib vs inflating alone, " + shape, least: compressedPath,
			ours: "ReadResult/columns/" + shape + "/zlib", base: "InflateMessages/standard-library/" + shape,
		})
	}
	return all
}

// smallBars compare small queries with bare exchanges of their bytes, as they are and while no processor halts.
func smallBars() (all []bar) {
	small := []bar{
		{name: "P11", what: "small query vs bare echo", ours: "SmallQuery/session", base: "SmallQuery/bare-echo", most: 1.5},
		{name: "P12", what: "16 sessions vs 16 bare echoes", ours: "SmallQueryBySixteen/sessions", base: "SmallQueryBySixteen/bare-echoes", most: 1 / 0.6},
		{name: "P16", what: "small query, pool vs session", ours: "SmallQuery/pool", base: "SmallQuery/session", most: 1.1},
	}
	for _, b := range small {
		all = append(all, b)
		if canGiveWay {
			b.what += ", awake"
			b.ours, b.base = awake+b.ours, awake+b.base
			all = append(all, b)
		}
	}
	return all
}

// collectBars compare Collect with the loop that a user would write.
func collectBars() (all []bar) {
	for _, of := range []string{"structs", "int64"} {
		for _, counts := range []measure{cpu, memory} {
			all = append(all, bar{
				name: "P13", what: "Collect vs own loop, " + of, counts: counts, most: 1.1,
				ours: "CollectManyBatches/" + of + "/collect", base: "CollectManyBatches/" + of + "/own-loop",
			})
		}
	}
	return all
}

// anyBars compare rows into any with those of the stand-in for other clients.
func anyBars() (all []bar) {
	for _, transport := range []string{"plain", "tls"} {
		for _, way := range []string{"any", "values"} {
			before := map[string]float64{"any": anyBefore, "values": valuesBefore}[way]
			all = append(all, bar{
				name: "P14", what: way + " vs other client, " + transport, counts: cpu, least: 2 * before,
				ours: "ReadResult/" + way + "/mixed10/" + transport, base: "ReadResult/other-client/mixed10/" + transport,
			})
		}
	}
	return all
}

var bulkBars = []bar{
	{name: "P15", what: "IMPORT vs copying over sockets", ours: "BulkCopy/import/plain", base: "BulkCopy/socket-import/plain", least: 0.8},
	{name: "P15", what: "EXPORT vs copying over sockets", ours: "BulkCopy/export/plain", base: "BulkCopy/socket-export/plain", least: 0.8},
	{name: "P15", what: "IMPORT vs copying over sockets", ours: "BulkCopy/import/plain", base: "BulkCopy/socket-import/plain", least: 0.8, counts: cpu},
	{name: "P15", what: "EXPORT vs copying over sockets", ours: "BulkCopy/export/plain", base: "BulkCopy/socket-export/plain", least: 0.8, counts: cpu},
	{name: "P15", what: "IMPORT vs copying over sockets, TLS", ours: "BulkCopy/import/tls", base: "BulkCopy/socket-import/tls", least: 0.8},
	{name: "P15", what: "EXPORT vs copying over sockets, TLS", ours: "BulkCopy/export/tls", base: "BulkCopy/socket-export/tls", least: 0.8},
	{name: "P17", what: "ImportRows vs Insert, 200,000 rows", ours: "LoadTable/import-rows/200000", base: "LoadTable/insert/200000", least: 3},
	{name: "P18", what: "rows by IMPORT vs csvutil", ours: "BulkRows/import/structs", base: "BulkRows/import/csvutil", least: 5, counts: cpu},
	{name: "P18", what: "rows by IMPORT vs gocsv", ours: "BulkRows/import/structs", base: "BulkRows/import/gocsv", least: 3.5, counts: cpu},
	{name: "P18", what: "rows by IMPORT vs a loop over encoding/csv", ours: "BulkRows/import/structs", base: "BulkRows/import/own-loop", least: 2, counts: cpu},
	{name: "P18", what: "rows by EXPORT vs csvutil", ours: "BulkRows/export/structs", base: "BulkRows/export/csvutil", least: 5, counts: cpu},
	{name: "P18", what: "rows by EXPORT vs a loop over encoding/csv", ours: "BulkRows/export/structs", base: "BulkRows/export/own-loop", least: 2.2, counts: cpu},
	{name: "P18", what: "columns by EXPORT vs a loop over encoding/csv", ours: "BulkRows/export/columns", base: "BulkRows/export/own-loop", least: 4.5, counts: cpu},
}
