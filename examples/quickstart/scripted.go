package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

const (
	messageRows  = 20_000 // in one message
	messages     = 100
	scriptedRows = messageRows * messages
)

// sale is a row of the scripted result.
type sale struct {
	ID     int64
	City   string
	Amount exawire.Decimal
	Day    time.Time
}

// measureReading reads a result whose messages were prepared in advance, so that the time is spent in the client, in
// TLS and in the loopback interface. It runs no SQL and uses no database.
func measureReading(ctx context.Context, r *report) error {
	srv, err := exatest.Start()
	if err != nil {
		return err
	}
	defer srv.Close()
	unread := exatest.ValuesOf(make([]*string, scriptedRows)) // only their number counts: the messages have the values
	srv.HandleSQL("SELECT * FROM sales", exatest.Rows(
		exatest.Columns("ID DECIMAL(18,0), CITY VARCHAR(100), AMOUNT DECIMAL(12,2), DAY DATE"),
		unread, unread, unread, unread))
	message := exatest.Raw(scriptedMessage())
	srv.Handle("fetch", func(*exatest.Request) exatest.Response { return message })

	sess, err := exawire.Connect(ctx, srv.DSN())
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	for _, step := range []func(context.Context, *exawire.Session, *report) error{scriptedColumns, scriptedStructs} {
		if err := step(ctx, sess, r); err != nil {
			return err
		}
	}
	return nil
}

// scriptedMessage returns the answer to every fetch: rows with the IDs 0 to messageRows-1, column by column, as they
// travel.
func scriptedMessage() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"status":"ok","responseData":{"numRows":%d,"data":[`, messageRows)
	for column, format := range []func(i int) string{
		func(i int) string { return fmt.Sprint(i) },
		func(i int) string { return fmt.Sprintf(`"City %d"`, i%977) },
		func(i int) string { return fmt.Sprintf(`"%d.%02d"`, i%5000, i%100) },
		func(i int) string { return fmt.Sprintf(`"2024-%02d-%02d"`, 1+i%12, 1+i%28) },
	} {
		if column > 0 {
			b.WriteByte(',')
		}
		for i := range messageRows {
			b.WriteByte("[,"[min(i, 1)])
			b.WriteString(format(i))
		}
		b.WriteByte(']')
	}
	b.WriteString("]}}")
	return b.String()
}

// scriptedSum is the sum of the IDs of the scripted result.
const scriptedSum = messages * messageRows * (messageRows - 1) / 2

// scriptedColumns reads without ever building a row. Every column is decoded, whether it is used or not.
func scriptedColumns(ctx context.Context, sess *exawire.Session, r *report) error {
	done := r.begin("measure: read by columns")
	rows, err := sess.Query(ctx, "SELECT * FROM sales")
	if err != nil {
		return err
	}
	n, sum, err := addUp(rows)
	if err != nil {
		return err
	}
	done(n)
	return checkScripted(n, sum)
}

func scriptedStructs(ctx context.Context, sess *exawire.Session, r *report) error {
	done := r.begin("measure: read as structs")
	rows, err := sess.Query(ctx, "SELECT * FROM sales")
	if err != nil {
		return err
	}
	var n, sum int64
	for s, err := range resultset.Each[sale](rows) {
		if err != nil {
			return err
		}
		sum += s.ID
		n++
	}
	done(n)
	return checkScripted(n, sum)
}

func checkScripted(n, sum int64) error {
	if n != scriptedRows || sum != scriptedSum {
		return fmt.Errorf("%d rows add up to %d instead of %d rows and %d", n, sum, scriptedRows, int64(scriptedSum))
	}
	return nil
}
