package commands

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/exawire/exawire/internal/jsonscan"
)

// FetchAnswer is the answer to fetch: rows without a description of their columns. Its slices alias the message.
type FetchAnswer struct {
	Response
	NumRows int64 // rows in Data, as the server claims

	// Data begins with the column-major JSON array of arrays. It may go on after the array, up to the end of the
	// message: whoever decodes it finds the end of the array, so that the bytes are read once, and passes it to Finish.
	// Data is nil if the answer has none.
	Data []byte

	envelope envelope
	start    int  // offset of Data in the message
	open     bool // the envelope has been read up to Data only
	counted  bool // numRows was there
}

// errOpen stops reading the envelope at its data.
var errOpen = errors.New("stopped at the data")

// ParseFetch reads the answer to fetch. It leaves the data alone if it can tell what stands before and after it. The
// order of keys does not matter: Response has the attributes even if they come after the data. Call
// [FetchAnswer.Finish] when the data has been decoded.
func ParseFetch(msg []byte) (*FetchAnswer, error) {
	f := &FetchAnswer{envelope: newEnvelope(msg)}
	s := &f.envelope.scanner
	err := s.Object(func(key []byte) error {
		if string(key) != "responseData" {
			return f.envelope.member(key, &f.Response)
		}
		if null, err := scanNull(s); null || err != nil {
			return err
		}
		return s.Object(func(key []byte) error { return f.rowMember(msg, key) })
	})
	switch {
	case errors.Is(err, errOpen):
		err = nil
	case err == nil:
		err = f.envelope.end(&f.Response)
	}
	if err == nil && f.Exception == nil {
		switch {
		case f.NumRows > 0 && f.Data == nil:
			err = fmt.Errorf("%d rows are announced but there is no data", f.NumRows)
		case !f.counted && f.Data != nil:
			err = errors.New("there is data but no numRows")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("fetch answer: %w", err)
	}
	return f, nil
}

// rowMember reads a member of the payload. It stops at the data if nothing that matters stands behind it, or only
// attributes, which it reads.
func (f *FetchAnswer) rowMember(msg, key []byte) (err error) {
	s := &f.envelope.scanner
	switch string(key) {
	case "numRows":
		f.NumRows, err = scanCount(s, "numRows")
		f.counted = true
	case "data":
		var kind jsonscan.Kind
		if kind, err = s.Kind(); err == nil && kind == jsonscan.Array && f.counted && f.envelope.status == "ok" && f.Exception == nil {
			if behind, certain := attributesBehind(msg[s.Pos():]); certain {
				if behind != nil {
					f.RawAttributes = behind
				}
				f.start, f.open, f.Data = s.Pos(), true, msg[s.Pos():]
				return errOpen
			}
		}
		f.Data, err = skipNull(s)
	default:
		_, err = s.Skip()
	}
	return err
}

// Finish reads what follows the data; consumed is how many of its bytes were the array. Only after that is the answer
// known to be complete.
func (f *FetchAnswer) Finish(consumed int) error {
	if !f.open {
		if rest := len(f.Data) - consumed; rest != 0 {
			return fmt.Errorf("fetch answer: %d bytes follow the data", rest)
		}
		return nil
	}
	f.open = false
	if consumed <= 0 || consumed > len(f.Data) || f.Data[consumed-1] != ']' {
		return fmt.Errorf("fetch answer: the data does not end at its byte %d", consumed)
	}
	s, known := &f.envelope.scanner, f.RawAttributes
	s.SetPos(f.start + consumed)
	err := s.ObjectRest(func([]byte) error {
		_, err := s.Skip()
		return err
	})
	if err == nil {
		err = s.ObjectRest(func(key []byte) error { return f.envelope.member(key, &f.Response) })
	}
	if err == nil {
		err = f.envelope.end(&f.Response)
	}
	switch {
	case err != nil:
	case f.Exception != nil:
		err = errors.New("an exception follows the data")
	case !bytes.Equal(f.RawAttributes, known):
		err = errors.New("attributes follow the data unseen") // the rows were read without them
	}
	if err != nil {
		return fmt.Errorf("fetch answer: %w", err)
	}
	return nil
}
