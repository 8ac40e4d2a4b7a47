package setup

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"lastpost/internal/config"
	"lastpost/internal/durable"
)

// settings are the values of the written file.
type settings struct {
	program     string // in comments
	check       string // the command line for checks
	host        string
	owner       string // of port 443
	listen      string // for the proxy
	adminListen string // "": the default
	dataDir     string // "": the default
	id          string
	invocation  string
	title       string // "": none
	feed        string // as the file has it: ${NAME} is a variable
	zone        string
	locales     []string
	manual      string // where all keys are explained
}

// defaultSettings returns valid settings, so that a single value can be judged by the rules of package config.
func defaultSettings() settings {
	return settings{
		program: "skill", owner: ownerLastpost, host: "skill.example.com", listen: "127.0.0.1:8080", id: config.PlaceholderID,
		invocation: "half elf", feed: "https://blog.example/feed/", zone: "UTC", locales: []string{"en-US"}, manual: manualPage(),
	}
}

// packagedExample is the file of the packages that has all keys.
const packagedExample = "/usr/share/doc/lastpost/examples/skill.yaml"

func manualPage() string {
	if _, err := os.Stat(packagedExample); err == nil {
		return packagedExample
	}
	return "docs/configuration.md"
}

// fileTemplate is a function's text, because the file is short and each value must be quoted.
const fileTemplate = `# Lastpost's configuration, written by "{{.Program}} init". After a change, run: {{.Check}}
#
# All other keys have defaults: see {{.Manual}}. The service runs as its own user, so every user must be able to
# read this file. Write passwords into /etc/skill/environment (NAME=value, which only root can read), and use them here
# as ${NAME}. For a literal "${", write "$${".
{{if .Proxied}}
# A proxy owns port 443. It passes Alexa's requests on to this address.
listen: {{quote .Listen}}

# The address that Alexa calls.
public_url: {{quote (print "https://" .Host)}}

tls:
  # The proxy has the certificate.
  mode: off
{{- if .Header}}

proxy:
  # The header in which the proxy sends the client's address.
  header: X-Real-IP
{{- end}}
{{else}}
tls:
  # The service gets its certificate from Let's Encrypt and renews it.
  mode: acme
  # The host name that Alexa calls. Its DNS record must point to this machine.
  domains: [{{quote .Host}}]
{{end}}
{{- if .DataDir}}
# The folder for posts and certificates.
data_dir: {{quote .DataDir}}
{{end}}
{{- if .AdminListen}}
# The private listener: inspector, health and metrics. Another program uses its default port.
admin:
  listen: {{quote .AdminListen}}
{{end}}
skills:
    # The skill's name in the log and in the address that Alexa calls: https://{{.Host}}/alexa/blog
  - name: blog
{{- if .NoID}}
    # The skill's id at Amazon. "{{.Program}} deploy" makes the skill, and writes its id here in place of zeros.
{{- else}}
    # The skill's id in Amazon's developer console.
{{- end}}
    application_id: {{quote .ID}}
    # The words that listeners say after "Alexa, open".
    invocation_name: {{quote .Invocation}}
{{- if .Title}}
    # The skill's name in Amazon's skill store, and the blog's name in what Alexa says.
    title: {{literal .Title}}
{{- end}}
    # The address of the blog's feed.
    feed: {{quote .Feed}}
    # The time zone of the blog's days.
    timezone: {{quote .Zone}}
    # The languages of the skill.
    locales: [{{range $n, $locale := .Locales}}{{if $n}}, {{end}}{{quote $locale}}{{end}}]
`

// render returns the file. Go's quoted strings are valid in YAML if they are valid UTF-8.
func (s settings) render() ([]byte, error) {
	quote := func(value string) string { return strconv.Quote(strings.ToValidUTF8(value, "\ufffd")) }
	t, err := template.New("").Funcs(template.FuncMap{
		"quote":   quote,
		"literal": func(value string) string { return quote(escapeVariables(value)) },
	}).Parse(fileTemplate)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = t.Execute(&text, map[string]any{
		"Program": s.program, "Check": s.check, "Host": s.host, "Proxied": s.proxied(), "Header": s.proxied() && s.owner != ownerOther,
		"Listen": s.listen, "AdminListen": s.adminListen,
		"DataDir": escapeVariables(s.dataDir), "ID": s.id, "NoID": s.id == config.PlaceholderID,
		"Invocation": escapeVariables(s.invocation),
		"Title":      s.title, "Feed": s.feed, "Zone": escapeVariables(s.zone), "Locales": s.locales, "Manual": s.manual,
	})
	return text.Bytes(), err
}

// proxied reports whether a proxy owns port 443.
func (s settings) proxied() bool { return s.owner != ownerLastpost }

// escapeVariables returns a value that the file means literally.
func escapeVariables(value string) string { return strings.ReplaceAll(value, "${", "$${") }

// fault returns what package config says about a key, or "".
func (s settings) fault(key string) string {
	return s.faultWith(key, func(string) (string, bool) { return "", false })
}

func (s settings) faultWith(key string, getenv func(string) (string, bool)) string {
	text, err := s.render()
	if err != nil {
		return err.Error()
	}
	_, err = config.Parse("", text, getenv)
	problems, _ := errors.AsType[config.Problems](err)
	for _, p := range problems {
		if p.Path == key || strings.HasPrefix(p.Path, key+"[") {
			return p.Message
		}
	}
	return ""
}

//go:embed templates/package.yaml
var packagedFile []byte

// defaultFolder is the folder of the packages' configuration.
const defaultFolder = "/etc/skill"

// dataDir returns the folder for data, or "" for the default. The default belongs to the packages and their units. Another
// file is for a user who may not write there, so its data is beside it.
func (i *Interview) dataDir() string {
	dir, err := filepath.Abs(filepath.Dir(i.File))
	if err != nil || dir == defaultFolder {
		return ""
	}
	return filepath.Join(dir, "data")
}

// prepareFile finds out whether the file can be written, before the user answers questions.
func (i *Interview) prepareFile() error {
	i.console.printf("This command asks at most seven questions and writes %s. Enter takes the proposal in [brackets].", i.File)
	if _, err := os.Lstat(i.File); err == nil {
		// Root could otherwise replace a device such as /dev/null.
		if target, err := os.Stat(i.File); err == nil && !target.Mode().IsRegular() {
			return i.explainWriteError(errors.New("it is not a regular file"))
		}
		if err := i.confirmReplacement(); err != nil {
			return err
		}
	}
	return i.explainWriteError(probeFolder(i.File))
}

// confirmReplacement makes sure that an existing file may be replaced.
func (i *Interview) confirmReplacement() error {
	content, err := os.ReadFile(i.File)
	switch {
	case err == nil && bytes.Equal(content, packagedFile):
		i.console.printf("%s is the template of the package without changes: it will be replaced.", i.File)
	case i.Force:
		i.console.printf("%s exists: it will be replaced.", i.File)
	default:
		return i.askToReplace()
	}
	return nil
}

// askToReplace asks whether an existing file may be replaced. It is not one of the seven questions, because a new
// installation does not have the file.
func (i *Interview) askToReplace() error {
	refused := fmt.Errorf("%s exists. To replace it, add --force", i.File)
	if i.console.asksNone {
		return refused
	}
	answer, err := i.console.ask(question{
		flag: "force", text: i.File + " exists. Replace it, yes or no", proposal: "no",
		judge: func(answer string) (string, string) {
			switch strings.ToLower(answer) {
			case "y", "yes":
				return "yes", ""
			case "n", "no":
				return "no", ""
			}
			return "", "must be yes or no"
		},
	}, "")
	if err == nil && answer == "no" {
		return refused
	}
	return err
}

// probeFolder creates and removes a file in the nearest existing folder of a path.
func probeFolder(file string) error {
	dir := filepath.Dir(file)
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s is not a folder", dir)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return err
		}
		dir = filepath.Dir(dir)
	}
	probe, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// explainWriteError adds the remedy to an error of writing the file.
func (i *Interview) explainWriteError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("write %s: %w. Run the command as root: sudo %s init. Or write another file: --config FILE",
			i.File, err, i.Program)
	}
	return fmt.Errorf("write %s: %w. Write another file: --config FILE", i.File, err)
}

// fileMode lets the service's own user read the file. It contains no secret.
const fileMode = 0o644

// writeFile writes the configuration, unless it is not valid or the user has stopped the program.
func (i *Interview) writeFile(ctx context.Context) error {
	text, err := i.file.render()
	if err != nil {
		return err
	}
	if _, err := config.Parse(i.File, text, i.found.secrets.getenv(i.Getenv)); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	// durable.Replace creates folders that only their owner can enter, but the service's own user must enter this one.
	if err := os.MkdirAll(filepath.Dir(i.File), 0o755); err != nil {
		return i.explainWriteError(err)
	}
	if err := durable.Replace(i.File, text, fileMode); err != nil {
		return i.explainWriteError(err)
	}
	i.console.printf("Wrote %s.", i.File)
	return nil
}
