package login

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"lastpost/internal/terminal"
)

// askProfileInTime is askProfile with a limit of time: a pipe without a writer must not hold a job for ever.
func (s *signIn) askProfileInTime(ctx context.Context, p Profile) (Profile, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("the client was not typed within %s. Run the command in a "+
		"terminal, or set %s and %s", s.Timeout, VariableClientID, VariableClientSecret))
	defer cancel()
	return s.askProfile(ctx, p)
}

// askProfile asks for the missing values of the profile.
func (s *signIn) askProfile(ctx context.Context, p Profile) (Profile, error) {
	if p.ClientID != "" && p.ClientSecret != "" {
		return p, nil
	}
	if s.In == nil {
		return Profile{}, fmt.Errorf("the client of the security profile is unknown. Set %s and %s", VariableClientID, VariableClientSecret)
	}
	s.printf("The developer console shows both values: Login with Amazon, your security profile, Web Settings.\n")
	var err error
	for p.ClientID == "" {
		if p.ClientID, err = terminal.ReadLine(ctx, s.In, s.Out, "Client ID: "); err != nil {
			return Profile{}, describeInputError(err)
		}
		p.ClientID = s.acceptValue(p.ClientID, checkClientID)
	}
	for p.ClientSecret == "" {
		if p.ClientSecret, err = terminal.ReadSecret(ctx, s.In, s.Out, "Client secret (not shown): "); err != nil {
			return Profile{}, describeInputError(err)
		}
		p.ClientSecret = s.acceptValue(p.ClientSecret, checkClientSecret)
	}
	return p, nil
}

// acceptValue returns the typed value, or "" after it has printed what is wrong.
func (s *signIn) acceptValue(typed string, check func(string) string) string {
	typed = strings.TrimSpace(typed)
	if problem := check(typed); problem != "" {
		s.printf("%s\n", problem)
		return ""
	}
	return typed
}

const (
	clientIDPrefix  = "amzn1.application-oa2-client."
	profileIDPrefix = "amzn1.application."
)

// checkClientID returns what is wrong with a typed client id, or "".
func checkClientID(id string) string {
	switch {
	case strings.HasPrefix(id, profileIDPrefix):
		return "This is the id of the security profile. The client ID begins with " + clientIDPrefix
	case id == "" || strings.ContainsFunc(id, isForeign):
		return "Copy the client ID, and nothing else. It begins with " + clientIDPrefix
	}
	return ""
}

// checkClientSecret returns what is wrong with a typed client secret, or "". It does not repeat the secret.
func checkClientSecret(secret string) string {
	switch {
	case strings.HasPrefix(secret, clientIDPrefix) || strings.HasPrefix(secret, profileIDPrefix):
		return "This is an id. The console shows the client secret after a click on \"Show Secret\"."
	case secret == "" || strings.ContainsFunc(secret, isForeign):
		return "Copy the client secret, and nothing else."
	}
	return ""
}

func describeInputError(err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the input ended before the sign-in. Run the command in a terminal, or set %s and %s",
			VariableClientID, VariableClientSecret)
	}
	return err
}
