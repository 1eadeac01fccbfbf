package commands

import (
	"errors"
	"fmt"

	"github.com/exawire/exawire/internal/jsonscan"
)

// Exception is what the server says when a command fails.
type Exception struct {
	Text    string // for people; mostly ends with the number of the session
	SQLCode string // five characters, "00000" if the server knows none
}

// Response is the envelope that all answers share. Its slices alias the message.
type Response struct {
	Exception     *Exception // nil if the command succeeded
	RawAttributes []byte     // attributes that changed, for [Attributes.Merge]; nil if there are none
	Data          []byte     // the payload, nil if there is none
}

// ParseResponse reads the envelope of one message and leaves the payload raw. Keys may come in any order, and unknown
// ones are skipped. An answer with an exception is an exception whatever its status says.
func ParseResponse(msg []byte) (Response, error) {
	var r Response
	e := newEnvelope(msg)
	err := e.scanner.Object(func(key []byte) (err error) {
		if string(key) == "responseData" {
			r.Data, err = skipNull(&e.scanner)
			return err
		}
		return e.member(key, &r)
	})
	if err != nil {
		return Response{}, fmt.Errorf("envelope: %w", err)
	}
	if err := e.end(&r); err != nil {
		return Response{}, fmt.Errorf("envelope: %w", err)
	}
	return r, nil
}

// envelope reads the members of the outermost object besides the payload.
type envelope struct {
	scanner jsonscan.Scanner
	status  string
}

func newEnvelope(msg []byte) envelope { return envelope{scanner: *jsonscan.New(msg)} }

// member reads what is not the payload into r.
func (e *envelope) member(key []byte, r *Response) (err error) {
	s := &e.scanner
	switch string(key) {
	case "status":
		e.status, err = scanWord(s)
	case "attributes":
		r.RawAttributes, err = skipNull(s)
	case "exception":
		if null, err := scanNull(s); null || err != nil {
			return err
		}
		r.Exception, err = scanException(s)
	default:
		_, err = s.Skip()
	}
	return err
}

// end checks the whole envelope after its last member.
func (e *envelope) end(r *Response) error {
	if err := e.scanner.End(); err != nil {
		return err
	}
	switch e.status {
	case "ok":
	case "error":
		if r.Exception == nil {
			r.Exception = &Exception{Text: "the server reported an error without saying which", SQLCode: "00000"}
		}
	case "":
		return errors.New("no status")
	default:
		return fmt.Errorf("status %.20q is neither ok nor error", e.status)
	}
	return nil
}

func scanException(s *jsonscan.Scanner) (*Exception, error) {
	x := Exception{SQLCode: "00000"}
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "text":
			return scanString(s, &x.Text)
		case "sqlCode":
			if err := scanString(s, &x.SQLCode); err != nil {
				return err
			}
			if x.SQLCode == "" {
				x.SQLCode = "00000"
			}
			return nil
		}
		_, err = s.Skip()
		return err
	})
	return &x, err
}

// scanNull consumes the next value if it is null.
func scanNull(s *jsonscan.Scanner) (null bool, err error) {
	kind, err := s.Kind()
	if err != nil || kind != jsonscan.Null {
		return false, err
	}
	return true, s.Null()
}

// skipNull returns the raw bytes of the next value, nil for null.
func skipNull(s *jsonscan.Scanner) ([]byte, error) {
	if null, err := scanNull(s); null || err != nil {
		return nil, err
	}
	return s.Skip()
}
