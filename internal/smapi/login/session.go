package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// renewBefore is the rest of its life at which an access token is renewed.
const renewBefore = time.Minute

// A TokenSession has an access token and renews it. It implements smapi.TokenSource. Several goroutines can use it.
type TokenSession struct {
	o      Options
	client *tokenClient
	scopes []string // nil: unknown

	turn    chan struct{} // has one element while no goroutine uses the fields below
	current tokens
	known   Credentials
}

// NewTokenSession returns a session with the sign-in of the environment, or the stored one. Without both, the error is
// ErrNotSignedIn and says how to sign in. NewTokenSession sends no request.
func NewTokenSession(o Options) (*TokenSession, error) {
	client, err := newTokenClient(o)
	if err != nil {
		return nil, err
	}
	var stored Credentials
	if o.RefreshToken == "" || o.Profile.ClientID == "" || o.Profile.ClientSecret == "" {
		if stored, err = o.Store.Load(); err != nil {
			return nil, err
		}
	}
	known, err := chooseCredentials(o, stored)
	if err != nil {
		return nil, err
	}
	s := &TokenSession{o: o, client: client, scopes: known.Scopes, turn: make(chan struct{}, 1), known: known}
	s.turn <- struct{}{}
	return s, nil
}

// chooseCredentials joins the values of the environment and the store. A refresh token works only with the client that it was made
// for, so values of two clients are not mixed.
func chooseCredentials(o Options, stored Credentials) (Credentials, error) {
	chosen := Credentials{Profile: chooseProfile(o.Profile, stored.Profile), RefreshToken: o.RefreshToken}
	switch {
	case o.RefreshToken != "":
		if chosen.ClientID == "" || chosen.ClientSecret == "" {
			return Credentials{}, fmt.Errorf("%s is set, but not the client that it was made for. Also set %s and %s, or a file with %s",
				VariableRefreshToken, VariableClientID, VariableClientSecret, VariableClientSecret+fileSuffix)
		}
		return chosen, nil
	case stored.RefreshToken == "":
		return Credentials{}, fmt.Errorf("%w. Run: %s", ErrNotSignedIn, o.command("--login"))
	case chosen.ClientID != stored.ClientID:
		return Credentials{}, fmt.Errorf("the sign-in in %s is for the client %s, but %s is %s. Unset the variable, or run: %s",
			o.Store.Path(), stored.ClientID, VariableClientID, chosen.ClientID, o.command("--login"))
	}
	chosen.RefreshToken, chosen.Scopes = stored.RefreshToken, stored.Scopes
	return chosen, nil
}

// chooseProfile takes missing values from the store, if they are of the same client.
func chooseProfile(given, stored Profile) Profile {
	if given.ClientID != "" && given.ClientID != stored.ClientID {
		return given
	}
	return Profile{ClientID: stored.ClientID, ClientSecret: cmp.Or(given.ClientSecret, stored.ClientSecret)}
}

// Token returns an access token that is valid for another 60 s.
func (s *TokenSession) Token(ctx context.Context) (string, error) {
	return s.token(ctx, func() bool { return s.client.now().Before(s.current.expires.Add(-renewBefore)) })
}

// Renew returns another token than refused, which Amazon has refused with status 401.
func (s *TokenSession) Renew(ctx context.Context, refused string) (string, error) {
	return s.token(ctx, func() bool { return s.current.access != refused })
}

// token returns the current access token if it is usable. Otherwise it gets another one.
func (s *TokenSession) token(ctx context.Context, usable func() bool) (string, error) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { s.turn <- struct{}{} }()
	if s.current.access != "" && usable() {
		return s.current.access, nil
	}
	renew := s.renewStored
	if s.o.RefreshToken != "" {
		renew = s.renewGiven
	}
	current, err := renew(ctx)
	if err != nil {
		return "", err
	}
	s.current = current
	return current.access, nil
}

// renewGiven renews with the refresh token of the environment.
func (s *TokenSession) renewGiven(ctx context.Context) (tokens, error) {
	got, err := s.client.renew(ctx, s.known)
	if err != nil {
		return tokens{}, s.explain(err, VariableRefreshToken)
	}
	if got.refresh != "" && got.refresh != s.known.RefreshToken {
		s.known.RefreshToken = got.refresh
		s.o.notify(fmt.Sprintf("Amazon has replaced the refresh token of %s. If it refuses the old one at the next run, run: %s",
			VariableRefreshToken, s.o.command("--login")))
	}
	return got, nil
}

// renewStored renews with the stored refresh token. It reads it again, because another process can have replaced it, and
// stores a new one before it returns. The lock makes two processes take turns. Otherwise the slower one would store, or send,
// a refresh token that Amazon has already replaced.
func (s *TokenSession) renewStored(ctx context.Context) (got tokens, err error) {
	err = s.o.Store.locked(ctx, func() error {
		stored, err := s.o.Store.Load()
		if err != nil {
			return err
		}
		if s.known, err = chooseCredentials(s.o, stored); err != nil {
			return err
		}
		if got, err = s.client.renew(ctx, s.known); err != nil {
			return s.explain(err, s.o.Store.Path())
		}
		if got.refresh == "" || got.refresh == stored.RefreshToken {
			return nil
		}
		stored.RefreshToken = got.refresh
		if err := s.o.Store.write(stored); err != nil {
			return fmt.Errorf("store the new refresh token: %w. Correct that, then run: %s", err, s.o.command("--login"))
		}
		return nil
	})
	return got, err
}

// explain adds to a refusal where the refused refresh token is from.
func (s *TokenSession) explain(err error, origin string) error {
	if refused, ok := errors.AsType[*SignInError](err); ok {
		refused.Origin = fmt.Sprintf("The refused refresh token is from %s, for the client %s", origin, s.known.ClientID)
	}
	return err
}

// RequireScope returns an error with its remedy if the stored sign-in does not include a scope. flags are added to the command of
// the remedy, such as "--try". The scopes of a refresh token from the environment are unknown: the result is then nil.
func (s *TokenSession) RequireScope(scope, flags string) error {
	if s.scopes == nil || slices.Contains(s.scopes, scope) {
		return nil
	}
	return fmt.Errorf("the sign-in in %s does not include the scope %s. Run: %s", s.o.Store.Path(), scope, s.o.command("--login "+flags))
}
