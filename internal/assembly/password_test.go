package assembly

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusesWeakPasswords(t *testing.T) {
	t.Parallel()
	const remedy = ": create one with: openssl rand -base64 24"
	for _, row := range []struct{ claim, password, want string }{
		{"a short password", "sesame-7 x!", "has 11 characters, and at least 12 are required"},
		{"a short password of many bytes", "ääääöööüüß", "has 10 characters, and at least 12 are required"},
		{"the old placeholder of deploy/kubernetes", "change me", "is a placeholder"},
		{"a placeholder with a newline at its end", "change me\n", "is a placeholder"},
		{"a placeholder in other words", "Change_Me_12345", "is a placeholder"},
		{"a long placeholder", "your-password-here", "is a placeholder"},
		{"a common password", "Password12345!", "is a placeholder"},
		{"the example of a well-known drawing", "correct horse battery staple", "is a placeholder"},
		{"one character again and again", "aaaaaaaaaaaaaaaa", "has only 1 different characters, and at least 5 are required"},
		{"two lines", "first-line-of-it\nsecond-line", "has more than one line or a control character"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "password")
			require.NoError(t, os.WriteFile(file, []byte(row.password), 0o600))
			_, err := ReadPassword(file)
			require.EqualError(t, err, "admin.password_file "+file+": the password "+row.want+remedy)
		})
	}
}

func TestAcceptsStrongPasswords(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"4rX0-kQ9z-pl", "Zt9mEo2Xk1bYw3nQ5c7LrVh8dGf6sJaU", "lamp giraffe tuesday", "зима-осень-лето", " padded with space "} {
		file := filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(file, []byte(password+"\r\n"), 0o600))
		got, err := ReadPassword(file)
		require.NoError(t, err, password)
		require.NotEmpty(t, got)
	}
	got, err := ReadPassword("")
	require.NoError(t, err, "a listener on loopback needs none")
	require.Empty(t, got)
}
