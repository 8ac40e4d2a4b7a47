package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// startDemo starts "skill demo" and returns the check command that it prints, and the key's file. The demo runs until the
// test ends or end is called.
func startDemo(t *testing.T) (command []string, key string, end func()) {
	t.Helper()
	reader, writer := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo"}, environment{name: packagedName, stdout: writer, stderr: writer, getenv: os.LookupEnv})
		_ = writer.Close()
	}()
	printed := regexp.MustCompile(`: lastpost (check --url https://\S+ --demo-key (\S+))\n`)
	var output strings.Builder
	for buffer := make([]byte, 1024); ; {
		n, err := reader.Read(buffer)
		output.Write(buffer[:n])
		if found := printed.FindStringSubmatch(output.String()); found != nil {
			command, key = strings.Fields(found[1]), found[2]
			break
		}
		require.NoError(t, err, output.String())
	}
	end = func() {
		if stop(); ended != nil {
			require.Equal(t, exitOK, <-ended)
		}
		ended = nil
	}
	t.Cleanup(end)
	return command, key, end
}

// TestCheckAcceptsDemo runs the check command that the demo prints.
func TestCheckAcceptsDemo(t *testing.T) {
	command, key, end := startDemo(t)
	info, err := os.Stat(key)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	status, stdout, stderr := runWithoutConfig(t, command...)
	require.Equal(t, exitOK, status, stdout+stderr)
	require.NotRegexp(t, `(?m)^(warn|FAIL)`, stdout)
	require.Contains(t, stdout, "\nok    url probe        19 of Amazon's certification probes were refused with 400; --json lists them\n")
	require.Contains(t, stdout, "\nok    url genuine      200 for a correctly signed request; the response follows Alexa's rules\n")

	// Each forged request breaks one rule, and the refusal names this rule.
	_, listed, _ := runWithoutConfig(t, append(command, "--json")...)
	for title, reason := range map[string]string{
		"a request from ten minutes ago":                                       "the timestamp is missing or too far from now",
		"a request dated ten minutes in the future":                            "the timestamp is missing or too far from now",
		"a request to another skill":                                           "the application id is not this skill's",
		"a body changed after signing":                                         "the signature does not match the body",
		"signed with another certificate's key":                                "the signature does not match the body",
		"only the old SHA-1 signature":                                         "Signature-256 must be exactly one base64 value",
		"the certificate URL https://notamazon.com/echo.api/echo-api-cert.pem": "SignatureCertChainUrl must be exactly one URL of Amazon's certificate bucket",
	} {
		require.Contains(t, listed, `"`+title+": 400, "+reason+`"`)
	}

	// Without the key, the check treats the demo as a real service at an address that Alexa cannot reach.
	status, stdout, _ = runWithoutConfig(t, command[:3]...)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stdout, "FAIL  url dns          127.0.0.1 is an address that Alexa cannot reach; ")
	require.Contains(t, stdout, "\nFAIL  url port         ")
	require.Contains(t, stdout, "\nwarn  url type         self-signed: ")
	require.Contains(t, stdout, "\nok    url genuine      skipped: ")

	end()
	require.NoFileExists(t, key)
	status, _, stderr = runWithoutConfig(t, command...)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stderr, "--demo-key: open "+key+": no such file or directory; it exists only while the demo runs")
}

// runWithoutConfig runs a command without a configuration file.
func runWithoutConfig(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errors strings.Builder
	status = run(t.Context(), args, environment{stdout: &out, stderr: &errors, getenv: os.LookupEnv})
	return status, out.String(), errors.String()
}

func TestCheckRejectsKeyOfAnotherDemo(t *testing.T) {
	t.Parallel()
	command, _, _ := startDemo(t)
	_, other, _ := startDemo(t)
	status, stdout, _ := runWithoutConfig(t, "check", "--url", command[2], "--demo-key", other)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stdout, "FAIL  url certificate  does not belong to the demo with this key; use the command that the demo prints\n")
	require.Contains(t, stdout, "FAIL  url genuine      400 the signature does not match the body for a correctly signed request; check the service's log\n")
}

func TestCheckRejectsInvalidDemoKeyFiles(t *testing.T) {
	for text, want := range map[string]string{"": "unexpected end", "{}": "does not contain an RSA key", `{"key": "AAAA"}`: "does not contain an RSA key"} {
		file := filepath.Join(t.TempDir(), "key")
		writeFile(t, file, []byte(text))
		status, _, stderr := runWithoutConfig(t, "check", "--url", "https://127.0.0.1:1/alexa", "--demo-key", file)
		require.Equal(t, exitFailure, status)
		require.Contains(t, stderr, want)
	}
}
