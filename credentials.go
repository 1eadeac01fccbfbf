package exawire

import (
	"context"
	"errors"
	"fmt"
)

// credentials are what one login proves itself with: user and password, or a token.
type credentials struct {
	user, password string
	token          Token
}

// credentialSource returns the credentials of the next login.
type credentialSource func(ctx context.Context) (credentials, error)

// credentials returns those of the next login. Passwords and tokens that have a source are never kept.
func (c *Config) credentials(ctx context.Context) (credentials, error) {
	if c.usesToken() {
		token, err := c.token(ctx)
		return credentials{token: token}, err
	}
	password := c.Password
	if c.PasswordSource != nil {
		var err error
		if password, err = c.PasswordSource(ctx); err != nil {
			return credentials{}, fmt.Errorf("credentials: password source: %w", err)
		}
	}
	return credentials{user: c.User, password: password}, nil
}

// token returns the token to log in with.
func (c *Config) token(ctx context.Context) (Token, error) {
	if c.TokenSource == nil {
		return c.Token, nil
	}
	token, err := c.TokenSource(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("credentials: token source: %w", err)
	}
	if (token.Access == "") == (token.Refresh == "") {
		return Token{}, errors.New("credentials: the token source returned neither or both of an access and a refresh token")
	}
	return token, nil
}

// usesToken reports whether the login is one with a token, which servers before V3 do not have.
func (c *Config) usesToken() bool { return c.TokenSource != nil || c.Token != (Token{}) }
