package exawire

import "github.com/exawire/exawire/commands"

// What the ledger knows of the beginning and the end of the session.

// isBegun reports whether a login has been tried.
func (l *ledger) isBegun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase != phaseDialed
}

// expectCompression notes what the login asks for. The answer may say otherwise.
func (l *ledger) expectCompression(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attributes.CompressionEnabled = on
}

// settle takes over what the login has agreed on. It reports whether messages are compressed from now on.
func (l *ledger) settle(info SessionInfo, login *login) (compressed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info, l.relogin, l.sub = info, login.again, login.sub
	if l.attributes.Timezone == commands.DefaultAttributes().Timezone && info.TimeZone != "" {
		l.attributes.Timezone = info.TimeZone
		l.formats = formatsOf(l.attributes, l.formats.RepeatedHour)
	}
	return l.attributes.CompressionEnabled
}

// begin makes the session ready for commands.
func (l *ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase, l.initial = phaseReady, l.attributes
}

// close lets nothing but disconnect be sent from now on. It reports whether there is a session to end.
func (l *ledger) close() (ready bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
	return l.phase == phaseReady
}

// isReady reports whether the session has logged in and not been ended.
func (l *ledger) isReady() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.phase == phaseReady
}

// mostBytes returns the size of the largest request that the server accepts, 0 before the login.
func (l *ledger) mostBytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info.MaxDataMessageSize
}

// isClosing reports whether close was called.
func (l *ledger) isClosing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// busy reports whether somebody waits for what the session is doing.
func (l *ledger) busy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current != nil && !l.current.background()
}

// nothingToAbort says why there is no command that could be aborted. What an abort does to a login is not defined.
func (l *ledger) nothingToAbort() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase == phaseDialed {
		return ErrNotLoggedIn
	}
	return ErrNothingToAbort
}
