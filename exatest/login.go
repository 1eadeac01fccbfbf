package exatest

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// errAuthentication is what a wrong user name or password gives. For a token the text has no point at its end.
var (
	errAuthentication = &SQLError{"08004", "Connection exception - authentication failed."}
	errToken          = &SQLError{"08004", "Connection exception - authentication failed"}
	errTLSOnly        = &SQLError{"08004", "Connection exception - Only TLS connections are allowed."}
	errNotLoggedIn    = &SQLError{"08004", "Connection exception - not logged in"}
)

// login takes a new connection through the four messages of a login. It reports whether there is a session.
func (c *conn) login() bool {
	first, ok := c.next()
	if !ok {
		return false
	}
	var version commands.Version
	sub := first.command == "subLogin" || first.command == "subLoginToken"
	token := first.command == "loginToken" || first.command == "subLoginToken"
	if !c.step(first, func(k *call) (a answer) {
		a, version = k.loginStart(token)
		return a
	}) {
		return false
	}
	second, ok := c.next()
	return ok && c.step(second, func(k *call) answer { return k.loginEnd(version, token, sub) }) && c.sess != nil
}

// step answers one message of a login.
func (c *conn) step(m *message, fn func(*call) answer) bool {
	c.checkRequest(m)
	k := &call{conn: c, msg: m, req: c.request(m)}
	c.log(k.req)
	k.ex = c.begin(m.name())
	k.req.ctx = k.ex.ctx
	if k.ex.cutsRequest() {
		c.cut(frame.ErrCut)
		k.ex.end()
		return false
	}
	a := k.scriptedLogin(fn)
	a.plain = true
	if a.err != nil {
		a.end = true
	}
	return c.finish(k.ex, a)
}

// scriptedLogin asks the handlers first. Only an answer of the server itself gets the login any further.
func (k *call) scriptedLogin(fn func(*call) answer) answer {
	r := k.srv.respond(&k.srv.byCommand, k.req)
	switch {
	case r.kind == kindPass:
		return fn(k)
	case r.kind == kindHang || r.delay > 0 && !frame.Pause(k.ex.ctx, r.delay):
		<-k.ex.ctx.Done()
		return answer{silent: true}
	case r.kind == kindOK:
		return fn(k) // success, possibly after a delay
	case r.kind == kindException:
		return fatal(&SQLError{r.code, r.text})
	case r.kind == kindResults:
		return fatal(protocol("exatest: the handler of " + k.req.Command + " answers with results"))
	}
	r.delay = 0
	return k.answerOf(k.perform(k.req, r))
}

// loginStart answers the first message: the key for a password, nothing for a token.
func (k *call) loginStart(token bool) (answer, commands.Version) {
	info, known := commands.Lookup(k.msg.command)
	highest := k.srv.cfg.highestVersion()
	switch {
	case k.msg.tooLong != nil:
		return fatal(k.msg.tooLong), 0
	case k.msg.bad != nil:
		return fatal(protocol("JSON parse error: " + k.msg.bad.Error())), 0
	case !known || info.Family != commands.FamilyLogin:
		return fatal(errNotLoggedIn), 0
	}
	asked, err := k.msg.integer("protocolVersion")
	if err != nil {
		return fatal(err), 0
	}
	version := commands.Version(asked)
	switch {
	case asked < 1 || asked > int64(highest) && k.srv.cfg.release.refusesNewer():
		return fatal(protocol(fmt.Sprintf("Could not create WebSocket protocol version %d", asked))), 0
	case asked > int64(highest):
		version = highest
	}
	if info.Since > version {
		return fatal(protocol("Unknown command: " + k.msg.command)), 0
	}
	if !k.tls && !k.srv.cfg.plaintext && (token || k.srv.cfg.release.tlsOnly()) {
		return fatal(errTLSOnly), 0
	}
	if token {
		return ok(), version
	}
	key, err := loginKey()
	if err != nil {
		return fatal(err), 0
	}
	return okWith(publicKey(&key.PublicKey, k.srv.cfg.keyForm)), version
}

// highestVersion is the newest protocol version of the server. That of a recording is what was recorded.
func (c *config) highestVersion() commands.Version {
	if c.recording != nil {
		return commands.Version(c.maxVersion)
	}
	return commands.Version(min(c.release.protocol(), c.maxVersion))
}

// loginEnd checks the credentials and makes the session.
func (k *call) loginEnd(version commands.Version, token, sub bool) answer {
	switch {
	case k.msg.tooLong != nil:
		return fatal(k.msg.tooLong)
	case k.msg.bad != nil:
		return fatal(protocol("JSON parse error: " + k.msg.bad.Error()))
	case k.msg.command != "":
		k.violation("%s was sent in the middle of a login", k.msg.command)
		return fatal(errNotLoggedIn)
	}
	if version == 0 { // the first answer was scripted
		version = k.srv.cfg.highestVersion()
	}
	k.introduce()
	k.checkCredentials(version, token, sub)
	user, err := k.authenticate(version, token)
	if err != nil {
		return fatal(err)
	}
	if err := k.enter(k.ex.ctx); err != nil {
		return answer{silent: true}
	}
	if k.srv.cfg.recording != nil {
		return k.beginReplay(user, version, sub)
	}
	if sub {
		return k.joinParallel(user, version)
	}
	if !k.msg.has("useCompression") {
		k.violation("the second message of the login has no useCompression")
	}
	compress := false
	if k.msg.has("useCompression") {
		if compress, err = boolAt("/useCompression", k.msg.fields["useCompression"]); err != nil {
			return fatal(err)
		}
	}
	wanted, err := k.requestedAttributes(k.msg.fields["attributes"], version, true)
	if err != nil {
		return fatal(err)
	}
	return k.openSession(newSession(k.srv.cfg, k.srv.newSessionID(), user, version), wanted, compress)
}

// authenticate returns the user whose credentials the message has.
func (k *call) authenticate(version commands.Version, token bool) (user string, err error) {
	cfg := k.srv.cfg
	if token {
		access, accessErr := k.msg.text("accessToken")
		refresh, refreshErr := k.msg.text("refreshToken")
		switch {
		case (accessErr == nil) == (refreshErr == nil):
			return "", errToken
		case accessErr == nil && cfg.accessTokens[access] != "":
			return foldName(cfg.accessTokens[access]), nil
		case refreshErr == nil && cfg.refreshTokens[refresh] != "":
			return foldName(cfg.refreshTokens[refresh]), nil
		}
		return "", errToken
	}
	name, err := k.msg.text("username")
	if err != nil {
		return "", err
	}
	secret, err := k.msg.text("password")
	if err != nil {
		return "", err
	}
	key, err := loginKey()
	if err != nil {
		return "", err
	}
	ciphertext, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return "", errAuthentication
	}
	//nolint:staticcheck // PKCS #1 v1.5 is what the protocol asks for.
	plain, err := rsa.DecryptPKCS1v15(nil, key, ciphertext)
	if err != nil {
		return "", errAuthentication
	}
	user = foldName(name)
	if password, ok := cfg.users[user]; ok && password == string(plain) {
		return user, nil
	}
	if owner, ok := cfg.refreshTokens[string(plain)]; ok && version >= commands.V3 && foldName(owner) == user {
		return user, nil
	}
	return "", errAuthentication
}

// openSession makes a main connection's session the session of this connection.
func (k *call) openSession(sess *session, wanted object, compress bool) answer {
	for _, m := range wanted {
		switch m.Key {
		case "compressionEnabled":
			// Real servers turn compression on for either of the two.
			compress = compress || m.Value == true
			continue
		case "currentSchema":
			var missing *SQLError
			if err := k.srv.cfg.checkSchema(m.Value.(string)); errors.As(err, &missing) {
				return fatal(&SQLError{missing.Code, missing.Text + sess.suffix()})
			}
		}
		sess.attrs[m.Key] = m.Value
	}
	if forced := k.srv.cfg.compression; forced != nil {
		compress = *forced
	}
	sess.attrs["compressionEnabled"] = compress
	if b := k.srv.cfg.backend; b != nil {
		half, err := b.Connect(k.ex.ctx, SessionInfo{
			SessionID: sess.id, User: sess.user, Version: sess.version, Release: k.srv.cfg.release.text,
			Attributes: sess.attrs.snapshot(), Client: k.clientInfo(), Host: k.clientHost(), Encrypted: k.tls, Kill: k.srv.KillSession,
			ReadFile: k.srv.readFile, WriteFile: k.srv.writeFile,
		})
		if err != nil {
			return fatal(err)
		}
		sess.backend = half
	}
	told := object{field("autocommit", sess.attrs["autocommit"])}
	for _, m := range wanted {
		told.Set(m.Key, sess.attrs[m.Key])
	}
	if k.srv.cfg.compression != nil {
		told.Set("compressionEnabled", compress)
	}
	return k.establish(sess, told, compress)
}

// establish is the last message of a login that has succeeded.
func (k *call) establish(sess *session, told object, compress bool) answer {
	c := k.conn
	c.sess = sess
	c.mu.Lock()
	c.info.sess = sess
	c.loggedIn = true
	c.compressed = compress // from the next message on; this answer is plain
	c.mu.Unlock()
	cfg := k.srv.cfg
	return answer{attrs: told, data: object{
		field("sessionId", sess.id),
		field("protocolVersion", int(sess.version)),
		field("releaseVersion", cfg.release.text),
		field("databaseName", cfg.databaseName),
		field("productName", "EXASolution"),
		field("maxDataMessageSize", cfg.maxMessage),
		field("maxIdentifierLength", 128),
		field("maxVarcharLength", maxVarchar),
		field("identifierQuoteString", `"`),
		field("timeZone", sess.attrs.text("timezone")),
		field("timeZoneBehavior", sess.attrs.text("timeZoneBehavior")),
	}}
}

// disconnect ends the session; an open transaction is rolled back.
func (k *call) disconnect() answer {
	k.checkLeaks()
	k.mu.Lock()
	k.info.sess = nil // the client may look at Server.Sessions as soon as it has the answer
	k.mu.Unlock()
	return answer{end: true}
}

// farewell waits a moment for the client to close the connection, and then does it. A client that was refused is not
// waited for.
func (c *conn) farewell(refused bool) {
	c.leave()
	if refused {
		_ = c.frame.WriteClose(frame.CloseNormal, "")
	}
	const patience = time.Second
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.ctx.Done():
	case <-timer.C:
		if !refused {
			_ = c.frame.WriteClose(frame.CloseNormal, "")
		}
	}
}
