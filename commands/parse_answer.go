package commands

// ResultsAnswer is an answer whose payload is a list of results. Its slices alias the message.
type ResultsAnswer struct {
	Response
	Results []Result // in the payload; nil for an exception
	Invalid error    // what [ParseResultsOf] says of the payload; nil for an exception and without a payload
}

// ParseResultsAnswer is [ParseResponse] followed by [ParseResultsOf], unless the answer is an exception or has no
// payload. A sound message is read once. One whose payload makes no sense is read a second time, and takes up to twice
// the memory.
func ParseResultsAnswer(msg []byte, most int) (ResultsAnswer, error) {
	var a ResultsAnswer
	e := newEnvelope(msg)
	s := &e.scanner
	err := s.Object(func(key []byte) (err error) {
		if string(key) != "responseData" {
			return e.member(key, &a.Response)
		}
		a.Data, a.Results = nil, nil
		if null, err := scanNull(s); null || err != nil {
			return err
		}
		start, announced := s.Pos(), int64(0)
		if a.Results, announced, err = scanPayload(s, most); err != nil {
			return err
		}
		a.Data = msg[start:s.Pos():s.Pos()]
		return checkResults(announced, a.Results)
	})
	if err == nil {
		err = e.end(&a.Response)
	}
	if err != nil {
		return parseInTurn(msg, most)
	}
	if a.Exception != nil {
		a.Results = nil
	}
	return a, nil
}

// parseInTurn is ParseResultsAnswer for a message that something is wrong with: an exception makes up for a payload without
// sense, and so does another payload behind it, but what is no JSON spoils the whole message.
func parseInTurn(msg []byte, most int) (a ResultsAnswer, err error) {
	if a.Response, err = ParseResponse(msg); err != nil {
		return a, err
	}
	if a.Exception == nil && a.Data != nil {
		a.Results, a.Invalid = ParseResultsOf(a.Data, most)
	}
	return a, nil
}
