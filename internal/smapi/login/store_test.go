package login_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/login"
)

func credentials() login.Credentials {
	return login.Credentials{
		Profile:      login.Profile{ClientID: "amzn1.application-oa2-client.1", ClientSecret: "amzn1.oa2-cs.v1.very-secret"},
		RefreshToken: "Atzr|very-secret", Scopes: login.DeployScopes(),
	}
}

func newStore(t *testing.T) login.CredentialStore {
	t.Helper()
	store := login.CredentialStore{Dir: filepath.Join(t.TempDir(), "config", "lastpost")}
	require.NoError(t, store.Save(t.Context(), credentials()))
	return store
}

func requireMode(t *testing.T, want fs.FileMode, name string) {
	t.Helper()
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, want, info.Mode().Perm(), name)
}

func TestStoreKeepsOthersOut(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	store := newStore(t)
	require.NoError(t, os.Chmod(store.Dir, 0o755)) //nolint:gosec // as another program could have made it
	require.NoError(t, store.Save(t.Context(), credentials()))
	requireMode(t, 0o700, store.Dir)
	entries, err := os.ReadDir(store.Dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	for _, entry := range entries {
		requireMode(t, 0o600, filepath.Join(store.Dir, entry.Name()))
	}
	loaded, err := store.Load()
	require.NoError(t, err)
	require.Equal(t, credentials(), loaded)
}

func TestStoreRefusesWhatOthersCanAccess(t *testing.T) {
	store := newStore(t)
	for _, tc := range []struct {
		name string
		mode fs.FileMode
		want string
	}{
		{store.Path(), 0o640, "(mode 0640). Run: chmod 600 " + store.Path()},
		{store.Path(), 0o604, "(mode 0604). Run: chmod 600 " + store.Path()},
		{store.Path(), 0o620, "(mode 0620). Run: chmod 600 " + store.Path()},
		{store.Dir, 0o770, "(mode 0770). Run: chmod 700 " + store.Dir},
		{store.Dir, 0o702, "(mode 0702). Run: chmod 700 " + store.Dir},
	} {
		good, err := os.Stat(tc.name)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(tc.name, tc.mode))
		loaded, err := store.Load()
		require.ErrorContains(t, err, tc.want)
		require.Equal(t, login.Credentials{}, loaded)
		require.NoError(t, os.Chmod(tc.name, good.Mode().Perm()))
		_, err = store.Load()
		require.NoError(t, err)
	}
}

func TestStoreOfAnotherUserNeedsRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to another user")
	}
	store := newStore(t)
	require.NoError(t, os.Chown(store.Path(), 12345, -1))
	_, err := store.Load()
	require.ErrorContains(t, err, "belongs to the user with the id 12345. Run the command as that user")
}

func TestStoreRefusesOtherContent(t *testing.T) {
	for name, prepare := range map[string]func(path string) error{
		"is damaged": func(path string) error {
			return os.WriteFile(path, []byte(`{"refresh_token":"Atzr|very-secret`), 0o600)
		},
		"is not a file that this command wr": func(path string) error { return os.WriteFile(path, make([]byte, 1<<20), 0o600) },
		"is not a file that this command":    func(path string) error { return os.Mkdir(path, 0o700) },
		"is not a file that this":            func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		store := newStore(t)
		require.NoError(t, os.Remove(store.Path()))
		require.NoError(t, prepare(store.Path()))
		_, err := store.Load()
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "Delete it and sign in again")
		require.NotContains(t, err.Error(), "very-secret")
	}
}

func TestStoreWithoutFile(t *testing.T) {
	t.Chdir(newStore(t).Dir) // a store without a folder does not use the current one
	for _, store := range []login.CredentialStore{{}, {Dir: filepath.Join(t.TempDir(), "missing")}} {
		loaded, err := store.Load()
		require.NoError(t, err)
		require.Equal(t, login.Credentials{}, loaded)
		deleted, err := store.Delete(t.Context())
		require.NoError(t, err)
		require.False(t, deleted)
	}
	require.ErrorContains(t, login.CredentialStore{}.Save(t.Context(), credentials()), "no folder is given")
}

// TestDeleteRemovesEverySecret also finds the files that a killed process left, and needs no readable file.
func TestDeleteRemovesEverySecret(t *testing.T) {
	store := newStore(t)
	require.NoError(t, os.WriteFile(filepath.Join(store.Dir, ".new-1"), []byte("very-secret"), 0o600))
	require.NoError(t, os.WriteFile(store.Path(), []byte("very-secret"), 0o600))
	require.NoError(t, os.Chmod(store.Path(), 0o644)) //nolint:gosec // the mistake of an operator
	deleted, err := store.Delete(t.Context())
	require.NoError(t, err)
	require.True(t, deleted)
	entries, err := os.ReadDir(store.Dir)
	require.NoError(t, err)
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(store.Dir, entry.Name()))
		require.NoError(t, err)
		require.Empty(t, content)
	}
	deleted, err = store.Delete(t.Context())
	require.NoError(t, err)
	require.False(t, deleted)
}

func TestDefaultDir(t *testing.T) {
	for _, tc := range []struct {
		home, xdg, want, problem string
	}{
		{"/home/me", "", "/home/me/.config/lastpost", ""},
		{"/home/me", "/other", "/other/lastpost", ""},
		{"", "/other", "/other/lastpost", ""},
		{"", "", "", "HOME is not an absolute path. Set HOME"},
		{"me", "", "", "HOME is not an absolute path. Set HOME"},
		{"/home/me", "other", "", `XDG_CONFIG_HOME is "other". Set an absolute path`},
	} {
		dir, err := login.DefaultDir(lookup(map[string]string{"HOME": tc.home, "XDG_CONFIG_HOME": tc.xdg}))
		require.Equal(t, tc.want, dir)
		if tc.problem == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, tc.problem)
		}
	}
}

func lookup(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestEnvironment(t *testing.T) {
	file := func(content string) string {
		name := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	missing := filepath.Join(t.TempDir(), "missing")
	profile := login.Profile{ClientID: "id", ClientSecret: "very-secret"}
	for _, tc := range []struct {
		name   string
		values map[string]string
		want   login.Environment
		errors []string
	}{
		{"nothing", nil, login.Environment{}, nil},
		{"variables", map[string]string{
			"SKILL_LWA_CLIENT_ID": "id", "SKILL_LWA_CLIENT_SECRET": "very-secret", "SKILL_LWA_REFRESH_TOKEN": "Atzr|very-secret",
			"SKILL_VENDOR_ID": "M1",
		}, login.Environment{Profile: profile, RefreshToken: "Atzr|very-secret", VendorID: "M1"}, nil},
		{"files", map[string]string{
			"SKILL_LWA_CLIENT_ID_FILE": file("id\n"), "SKILL_LWA_CLIENT_SECRET_FILE": file("very-secret\r\n"),
			"SKILL_LWA_REFRESH_TOKEN_FILE": file("Atzr|very-secret"), "SKILL_VENDOR_ID_FILE": file(" M1 "), "SKILL_VENDOR_ID": "",
		}, login.Environment{Profile: profile, RefreshToken: "Atzr|very-secret", VendorID: "M1"}, nil},
		{"variable and file", map[string]string{"SKILL_LWA_CLIENT_SECRET": "very-secret", "SKILL_LWA_CLIENT_SECRET_FILE": missing},
			login.Environment{}, []string{"SKILL_LWA_CLIENT_SECRET and SKILL_LWA_CLIENT_SECRET_FILE are both set. Unset one of them"}},
		{"missing file", map[string]string{"SKILL_LWA_CLIENT_SECRET_FILE": missing},
			login.Environment{}, []string{"SKILL_LWA_CLIENT_SECRET_FILE: open " + missing + ": no such file"}},
		{"other file", map[string]string{"SKILL_LWA_CLIENT_SECRET_FILE": file(strings.Repeat("very-secret", 1000))},
			login.Environment{}, []string{"SKILL_LWA_CLIENT_SECRET_FILE: ", "has more than 8192 bytes, so it is not a secret"}},
		{"empty file", map[string]string{"SKILL_LWA_CLIENT_SECRET_FILE": file("\n")},
			login.Environment{}, []string{"SKILL_LWA_CLIENT_SECRET_FILE must have one value"}},
		{"two lines", map[string]string{"SKILL_LWA_CLIENT_SECRET_FILE": file("very-secret\nother")},
			login.Environment{}, []string{"SKILL_LWA_CLIENT_SECRET_FILE must have one value without spaces"}},
		{"access token", map[string]string{"SKILL_LWA_REFRESH_TOKEN": "Atza|very-secret"},
			login.Environment{RefreshToken: "Atza|very-secret"}, []string{`Set the refresh token, which begins with "Atzr|"`}},
		{"two mistakes", map[string]string{"SKILL_LWA_CLIENT_SECRET": "very secret", "SKILL_VENDOR_ID": "M\x001"},
			login.Environment{}, []string{"SKILL_LWA_CLIENT_SECRET must", "SKILL_VENDOR_ID must"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := login.FromEnvironment(lookup(tc.values))
			require.Equal(t, tc.want, got)
			require.Equal(t, len(tc.errors) > 0, err != nil, "%v", err)
			for _, text := range tc.errors {
				require.ErrorContains(t, err, text)
				require.NotContains(t, err.Error(), "very")
			}
		})
	}
}
