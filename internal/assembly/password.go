package assembly

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minPasswordLength is the minimum number of characters of the private listener's password.
const minPasswordLength = 12

// ReadPassword reads the password of the private listener. It returns "" if no file is configured, and an error for a
// password that is easy to guess. Errors do not contain the password.
func ReadPassword(file string) (string, error) {
	const key, remedy = "admin.password_file", "create one with: openssl rand -base64 24"
	password, err := readSecret(key, file, remedy, "")
	if err != nil || file == "" {
		return "", err
	}
	if fault := passwordFault(password); fault != "" {
		return "", fmt.Errorf("%s %s: the password %s: %s", key, file, fault, remedy)
	}
	return password, nil
}

// passwordFault returns why a password is refused, or "". An attacker tries short passwords and the placeholders of manuals
// first.
func passwordFault(password string) string {
	const minDifferent = 5
	length, different := utf8.RuneCountInString(password), map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	switch {
	case isPlaceholder(password):
		return "is a placeholder"
	case length < minPasswordLength:
		return fmt.Sprintf("has %d characters, and at least %d are required", length, minPasswordLength)
	case len(different) < minDifferent:
		return fmt.Sprintf("has only %d different characters, and at least %d are required", len(different), minDifferent)
	case strings.ContainsFunc(password, unicode.IsControl):
		return "has more than one line or a control character"
	}
	return ""
}

// isPlaceholder reports whether a password is a manual's example or a common password, also with other punctuation,
// capital letters or digits at its end.
func isPlaceholder(password string) bool {
	letters := strings.ToLower(strings.Join(strings.FieldsFunc(password, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), ""))
	return slices.Contains([]string{
		"changeme", "changemenow", "changethis", "changeit", "pleasechangeme", "replaceme", "replacethis", "yourpassword",
		"yourpasswordhere", "mypassword", "mysecret", "mysecretpassword", "secret", "secretpassword", "supersecret",
		"supersecretpassword", "topsecret", "password", "passwordpassword", "passphrase", "adminpassword", "admin", "adminadmin",
		"administrator", "example", "examplepassword", "placeholder", "insertpasswordhere", "letmein", "qwertyuiop",
		"correcthorse", "correcthorsebatterystaple", "opensesame", "sesame",
	}, strings.TrimRightFunc(letters, unicode.IsDigit))
}
