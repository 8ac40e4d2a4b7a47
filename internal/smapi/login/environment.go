package login

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// Variables of the environment. Each can also have the suffix _FILE. The value is then the path of a file with the secret.
const (
	VariableClientID     = "SKILL_LWA_CLIENT_ID"
	VariableClientSecret = "SKILL_LWA_CLIENT_SECRET"
	VariableRefreshToken = "SKILL_LWA_REFRESH_TOKEN"
	VariableVendorID     = "SKILL_VENDOR_ID"
	VariableBaseURL      = "SKILL_LWA_URL" // without _FILE; the caller reads it
)

const (
	fileSuffix    = "_FILE"
	maxSecretSize = 8 << 10 // Amazon's tokens have at most 2 KiB
)

// An Environment has the values of the variables.
type Environment struct {
	Profile      Profile
	RefreshToken string
	VendorID     string
}

// FromEnvironment reads the variables and their files. The mode of the files is not checked: containers mount secrets that
// every user inside can read.
func FromEnvironment(getenv func(string) (string, bool)) (e Environment, err error) {
	for name, value := range map[string]*string{
		VariableClientID:     &e.Profile.ClientID,
		VariableClientSecret: &e.Profile.ClientSecret,
		VariableRefreshToken: &e.RefreshToken,
		VariableVendorID:     &e.VendorID,
	} {
		read, readErr := readVariable(getenv, name)
		*value = read
		err = errors.Join(err, readErr)
	}
	if strings.HasPrefix(e.RefreshToken, accessTokenPrefix) {
		err = errors.Join(err, fmt.Errorf("%s has an access token, which ends after an hour. Set the refresh token, which begins with %q",
			VariableRefreshToken, refreshTokenPrefix))
	}
	return e, err
}

// readVariable returns the value of a variable or of its file. An empty variable counts as not set.
func readVariable(getenv func(string) (string, bool), name string) (string, error) {
	value, _ := getenv(name)
	path, _ := getenv(name + fileSuffix)
	switch {
	case value != "" && path != "":
		return "", fmt.Errorf("%s and %s are both set. Unset one of them", name, name+fileSuffix)
	case path != "":
		name += fileSuffix
		content, err := readSecretFile(path)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		value = content
	case value == "":
		return "", nil
	}
	value = strings.TrimSpace(value)
	if value == "" || strings.ContainsFunc(value, isForeign) {
		return "", fmt.Errorf("%s must have one value without spaces, and nothing else", name)
	}
	return value, nil
}

// isForeign reports whether a character cannot be a part of an id, a secret or a token.
func isForeign(r rune) bool {
	return r > unicode.MaxASCII || unicode.IsSpace(r) || unicode.IsControl(r)
}

func readSecretFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxSecretSize+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxSecretSize {
		return "", fmt.Errorf("%s has more than %d bytes, so it is not a secret", path, maxSecretSize)
	}
	return string(content), nil
}
