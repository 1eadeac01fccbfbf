package exatest

import (
	"io"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// carryOut runs a statement by whoever answers it. It asks the faults of an IMPORT or EXPORT first.
func (k *call) carryOut(req *Request, st *statement) reply {
	d, files := transferOf(req.SQL)
	if len(files) == 0 {
		return k.respond(req, st)
	}
	k.ex.forced = k.srv.forcedRows(k.ex.command)
	defer func() { k.ex.forced = nil }()
	var out reply
	if k.srv.ignoresTunnel(k.ex.command) {
		out = reply{err: d.failed(files[0], 0, errUnreachable)}
	} else {
		out = k.respond(req, st)
	}
	if k.ex.forced != nil && !out.interrupted {
		return reply{kind: kindResults, outcomes: []outcome{{rowCount: *k.ex.forced}}}
	}
	return out
}

// transferOf returns the files of an IMPORT or EXPORT, none for all other statements.
func transferOf(sql string) (transferDirection, []RemoteFile) {
	switch sqltext.FirstWord(sql) {
	case "IMPORT":
		return readingError, remoteFiles(sql)
	case "EXPORT":
		return writingError, remoteFiles(sql)
	}
	return "", nil
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
		rows, err := k.move(f, r, fromParquet(sqlParts(sql)) >= 0)
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
		rows, err = r.importFile(f.Name, content)
		content.close()
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
