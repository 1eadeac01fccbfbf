package main

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// writeOrders writes a CSV file as other programs write it: a header, dates in ISO form, quotes where they are needed.
func writeOrders(name string, rows int64) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "order_id,customer,amount,weight,ordered,paid,note")
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var b []byte
	for i := int64(1); i <= rows; i++ {
		b = strconv.AppendInt(b[:0], i, 10)
		b = fmt.Appendf(b, ",customer %d,%d.%02d,%de-3,", i%5000, i%900, i%100, i%777)
		b = first.Add(time.Duration(i)*time.Second).AppendFormat(b, "2006-01-02 15:04:05")
		b = strconv.AppendBool(append(b, ','), i%3 == 0)
		if i%10 == 0 {
			b = append(b, `,"left at the door, ""as usual"""`...)
		} else {
			b = append(b, ',') // NULL
		}
		if _, err := w.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}

// readOrders returns how many rows are in a compressed file, and the sum of their first column.
func readOrders(name string) (rows, sum int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return 0, 0, err
	}
	r := csv.NewReader(unpacked)
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil { // the names of the columns
		return 0, 0, err
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, sum, nil
		}
		if err != nil {
			return rows, sum, err
		}
		id, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			return rows, sum, err
		}
		rows++
		sum += id
	}
}
