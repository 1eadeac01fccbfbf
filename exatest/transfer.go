package exatest

import (
	"io"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// ignoredTunnel is how an IMPORT or EXPORT ends that a [TunnelIgnored] strikes, nil for all other statements.
func (k *call) ignoredTunnel(sql string) error {
	d := readingError
	switch sqltext.FirstWord(sql) {
	case "IMPORT":
	case "EXPORT":
		d = writingError
	default:
		return nil
	}
	files := remoteFiles(sql)
	if len(files) == 0 || !k.ex.ignoresTunnels() {
		return nil
	}
	return d.failed(files[0], 0, errUnreachable)
}

// transfer carries out an IMPORT or EXPORT, one file after the other.
func (k *call) transfer(sql string, r Response) reply {
	want := "IMPORT"
	if r.exportFile != nil {
		want = "EXPORT"
	}
	files := remoteFiles(sql)
	if sqltext.FirstWord(sql) != want || len(files) == 0 {
		return reply{err: &SQLError{"0A000", "exatest: the answer moves the files of an " + want + " with AT 'address' FILE 'name', which this is not"}}
	}
	var total int64
	for _, f := range files {
		rows, err := k.move(f, r, fromParquet(sql))
		if k.ex.ctx.Err() != nil {
			return reply{interrupted: true}
		}
		if err != nil {
			return reply{err: err}
		}
		total += rows
	}
	return reply{kind: kindResults, outcomes: []outcome{{rowCount: total}}}
}

// move lets the function of the answer read or write one file. An error of the transfer counts more than what the
// function has made of it.
func (k *call) move(f RemoteFile, r Response, ranged bool) (rows int64, err error) {
	var t *transfer
	switch {
	case r.exportFile != nil:
		w := &fileWriter{transfer: k.srv.newTransfer(k.ex.ctx, f, writingError)}
		defer w.Abort()
		rows, err = r.exportFile(f.Name, struct{ io.Writer }{w})
		if err == nil && w.begun {
			err = w.Close()
		}
		t = w.transfer
	case ranged:
		content := &rangedReader{transfer: k.srv.newTransfer(k.ex.ctx, f, rangesError)}
		defer content.close()
		rows, err = r.importFile(f.Name, content)
		t = content.transfer
	default:
		content := &fileReader{transfer: k.srv.newTransfer(k.ex.ctx, f, readingError)}
		defer content.Close()
		rows, err = r.importFile(f.Name, struct{ io.Reader }{content})
		if err == nil {
			content.drain()
		}
		t = content.transfer
	}
	if t.err != nil {
		return 0, t.err
	}
	return rows, err
}
