package exatest

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/commands"
)

// Any matches every value in [Handler.WithParams].
var Any any = anyValue{}

type anyValue struct{}

// String returns how Any is written in messages.
func (anyValue) String() string { return "any" }

// ParamRows returns the parameters of an executePreparedStatement row by row, as Go values by the types that the client
// declared; see [Request.ParamTypes]:
//
//	BOOLEAN                 bool
//	DECIMAL(p,0), p <= 18   int64
//	DECIMAL, any other      string, exact, without zeros at its end
//	DOUBLE                  float64
//	DATE, TIMESTAMP         time.Time, the date and time of day as they were sent, labelled UTC
//	INTERVAL DAY TO SECOND  time.Duration, or string if it is too long for one
//	all others              string
//
// NULL is nil, and so is the empty string, which is NULL in Exasol.
func (r *Request) ParamRows() [][]any {
	if len(r.Params) == 0 {
		return nil
	}
	rows := make([][]any, r.Params[0].Len())
	for i := range rows {
		rows[i] = make([]any, len(r.Params))
		for j, column := range r.Params {
			rows[i][j] = goValue(r.paramType(j), column, i)
		}
	}
	return rows
}

// paramType is the declared type of a parameter; a request that a test made itself may have none.
func (r *Request) paramType(i int) *commands.DataType {
	if i < len(r.ParamTypes) {
		return &r.ParamTypes[i]
	}
	return &commands.DataType{Type: commands.Varchar}
}

// goValue is one value of a column as ParamRows gives it.
func goValue(t *commands.DataType, column Values, row int) any {
	b, null := column.AppendText(nil, row)
	if null {
		return nil
	}
	text := string(b)
	var v any
	var err error
	switch t.Type {
	case commands.Boolean:
		v, err = strconv.ParseBool(text)
	case commands.Decimal:
		if orElse(t.Scale, 0) > 0 || orElse(t.Precision, 18) > 18 {
			return text
		}
		v, err = strconv.ParseInt(text, 10, 64)
	case commands.Double:
		v, err = strconv.ParseFloat(text, 64)
	case commands.Date, commands.Timestamp, commands.TimestampLTZ:
		v, err = parseCanonicalTime(text)
	case commands.IntervalDayToSecond:
		v, err = parseDuration(text)
	default:
		return text
	}
	if err != nil {
		return text
	}
	return v
}

// parseDuration reads +02 12:50:10.123 if a Duration can hold it.
func parseDuration(text string) (time.Duration, error) {
	sign, rest := cutSign(text)
	days, clock, _ := strings.Cut(rest, " ")
	clock = strings.Replace(strings.Replace(clock, ":", "h", 1), ":", "m", 1) + "s"
	n, err := strconv.ParseInt(days, 10, 64)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(clock)
	const most = 106_751 // a Duration does not hold all of this day
	if err != nil || n >= most {
		return 0, fmt.Errorf("%s is too long", text)
	}
	d += time.Duration(n) * 24 * time.Hour
	if sign == "-" {
		d = -d
	}
	return d, nil
}

// hasParams reports whether the request has one row of parameters with these values.
func (r *Request) hasParams(values []any) bool {
	if len(r.Params) != len(values) || len(values) > 0 && r.Params[0].Len() != 1 {
		return false
	}
	for i, want := range values {
		if want != Any && !equalParam(r.paramType(i), r.Params[i], want) {
			return false
		}
	}
	return true
}

// equalParam compares the only value of a column with a Go value by the column's type.
func equalParam(t *commands.DataType, column Values, want any) bool {
	text, null := column.AppendText(nil, 0)
	wanted, wantNull := appendGo(nil, want)
	if null || wantNull || len(wanted) == 0 {
		return null && (wantNull || len(wanted) == 0)
	}
	a, b := string(text), string(wanted)
	switch t.Type {
	case commands.Double:
		x, err := strconv.ParseFloat(a, 64)
		y, errToo := strconv.ParseFloat(b, 64)
		return err == nil && errToo == nil && x == y
	case commands.Decimal:
		x, ok := new(big.Rat).SetString(a)
		y, okToo := new(big.Rat).SetString(b)
		return ok && okToo && x.Cmp(y) == 0
	case commands.Date, commands.Timestamp, commands.TimestampLTZ:
		x, err := parseCanonicalTime(a)
		y, errToo := parseCanonicalTime(b)
		return err == nil && errToo == nil && x.Equal(y)
	case commands.IntervalDayToSecond:
		return daySecond(a, 9, 9) == daySecond(b, 9, 9)
	case commands.IntervalYearToMonth:
		return yearMonth(a, 9) == yearMonth(b, 9)
	case commands.Char:
		return strings.TrimRight(a, " ") == strings.TrimRight(b, " ")
	case commands.Hashtype:
		return strings.EqualFold(strings.ReplaceAll(a, "-", ""), strings.ReplaceAll(b, "-", ""))
	}
	return a == b
}

// rowText writes a row of values as SQL would list them.
func rowText(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil:
			texts[i] = "NULL"
		case string:
			texts[i] = strconv.Quote(v)
		case time.Time:
			texts[i] = v.Format("2006-01-02 15:04:05.999999999")
		default:
			texts[i] = fmt.Sprint(v)
		}
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// String describes the request in one line: the command, the statement, and the parameters of up to three rows. It does
// not show what a client sends to log in.
func (r *Request) String() string {
	var b strings.Builder
	b.WriteString(r.Command)
	switch {
	case r.Command == "executeBatch":
		fmt.Fprintf(&b, " %s", shorten(strings.Join(r.SQLs, "; ")))
	case r.SQL != "":
		fmt.Fprintf(&b, " %s", shorten(r.SQL))
	}
	const most = 3
	rows := r.ParamRows()
	for i, row := range rows[:min(len(rows), most)] {
		b.WriteString([]string{" with ", ", "}[min(i, 1)] + rowText(row))
	}
	if left := len(rows) - most; left > 0 {
		fmt.Fprintf(&b, " and %d more rows", left)
	}
	return b.String()
}

func shorten(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// Statements returns the texts of the statements that clients have asked to run so far, from all sessions, in the order
// of their arrival: those of execute, of executeBatch, and of executePreparedStatement, once for each execution.
func (s *Server) Statements() []string {
	var texts []string
	for _, r := range s.Requests("") {
		switch r.Command {
		case "execute", "executePreparedStatement":
			texts = append(texts, r.SQL)
		case "executeBatch":
			texts = append(texts, r.SQLs...)
		}
	}
	return texts
}
