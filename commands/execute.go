package commands

// Execute is the command execute (V1): it runs one statement. The answer is read by [ParseResults].
type Execute struct {
	SQLText string `json:"sqlText"` // one statement
}

// ExecuteBatch is the command executeBatch (V1): it runs statements one after the other. It stops at the first that
// fails, and the exception of that one is the answer. Otherwise the answer has one result for each statement.
type ExecuteBatch struct {
	SQLTexts []string `json:"sqlTexts"` // one statement each
}

// AbortQuery is the command abortQuery (V1): it aborts the statement that is running. It has no answer of its own; the
// statement gets its answer, exactly once.
type AbortQuery struct{}

var (
	_ Command = Execute{}
	_ Command = ExecuteBatch{}
	_ Command = AbortQuery{}
)

// CommandName returns "execute".
func (Execute) CommandName() string { return "execute" }

// CommandName returns "executeBatch".
func (ExecuteBatch) CommandName() string { return "executeBatch" }

// CommandName returns "abortQuery".
func (AbortQuery) CommandName() string { return "abortQuery" }

func (c Execute) texts(yield func(string)) { yield(c.SQLText) }

func (c Execute) appendFields(dst []byte) ([]byte, error) {
	return appendString(append(dst, `,"sqlText":`...), c.SQLText), nil
}

func (c ExecuteBatch) texts(yield func(string)) {
	for _, s := range c.SQLTexts {
		yield(s)
	}
}

// appendFields writes no statements as an empty list, where the general encoder would write null.
func (c ExecuteBatch) appendFields(dst []byte) ([]byte, error) {
	return appendStrings(append(dst, `,"sqlTexts":`...), c.SQLTexts), nil
}
