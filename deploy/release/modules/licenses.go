package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// A listedPackage is a package that a program contains.
type listedPackage struct {
	module    moduleVersion
	dir, root string // the folders of the package and its module
}

// listPackages asks the go command for the packages of a program.
func listPackages(ctx context.Context, info *debug.BuildInfo) ([]listedPackage, error) {
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-tags", settings["-tags"], "-f", listFormat, info.Path)
	list.Env = append(os.Environ(), "GOOS="+settings["GOOS"], "GOARCH="+settings["GOARCH"], "CGO_ENABLED="+settings["CGO_ENABLED"])
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages of %s: %w", info.Path, err)
	}
	var found []listedPackage
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) == 4 && cells[0] != info.Main.Path {
			found = append(found, listedPackage{moduleVersion{cells[0], cmp.Or(cells[1], info.GoVersion)}, cells[2], cells[3]})
		}
	}
	return found, nil
}

// listFormat prints a package's module, version, folder and module's folder, separated by tabs. The standard library does
// not have a version. Package unsafe is part of it.
const listFormat = `{{if .Standard}}` + standardLibrary + "\t\t" + `{{.Dir}}` + "\t" + `{{.Root}}{{else}}` +
	`{{with .Module}}{{with .Replace}}{{.Path}}` + "\t" + `{{.Version}}{{else}}{{.Path}}` + "\t" + `{{.Version}}{{end}}{{end}}` +
	"\t" + `{{.Dir}}` + "\t" + `{{.Module.Dir}}{{end}}`

// A licensedModule is a module with the files that state its licences: the key is the path, the value is the text.
type licensedModule struct {
	moduleVersion
	files map[string]string
}

// readLicenses reads the licence files in the folder of each package and the folders above it, up to the module's folder.
func readLicenses(packages []listedPackage) ([]licensedModule, error) {
	found, read := map[moduleVersion]licensedModule{}, map[string]bool{}
	for _, p := range packages {
		if _, known := found[p.module]; !known {
			found[p.module] = licensedModule{p.module, map[string]string{}}
		}
		for dir := p.dir; !read[dir]; dir = filepath.Dir(dir) {
			read[dir] = true
			if err := readLicenseFiles(dir, p.root, found[p.module].files); err != nil {
				return nil, err
			}
			if dir == p.root {
				break
			}
		}
	}
	modules := slices.SortedFunc(maps.Values(found), func(a, b licensedModule) int { return strings.Compare(a.path, b.path) })
	var missing []error
	for _, m := range modules {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(m.files)), isGrant) {
			missing = append(missing, fmt.Errorf("%s does not have a licence file: do not link a module without a licence", m))
		}
	}
	return modules, errors.Join(missing...)
}

// legalFile matches the names of files that state a licence, or that a licence requires to be passed on.
var legalFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]es?|copying|copyright|notice|patents)([-._].*)?$`)

// isGrant reports whether a file is a licence. A NOTICE and a PATENTS file only add to one.
func isGrant(path string) bool {
	return regexp.MustCompile(`(?i)^((un)?licen[cs]e|copying)`).MatchString(filepath.Base(path))
}

func readLicenseFiles(dir, root string, into map[string]string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !legalFile.MatchString(entry.Name()) || filepath.Ext(entry.Name()) == ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		into[filepath.ToSlash(name)] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
	return nil
}

// requireSame returns an error that names the modules which are not in both lists.
func requireSame(linked []moduleVersion, licensed []licensedModule) error {
	counts := map[moduleVersion]int{}
	for _, m := range linked {
		counts[m]++
	}
	for _, m := range licensed {
		counts[m.moduleVersion]--
	}
	var faults []error
	for _, m := range slices.SortedFunc(maps.Keys(counts), func(a, b moduleVersion) int { return strings.Compare(a.path, b.path) }) {
		switch {
		case counts[m] > 0:
			faults = append(faults, fmt.Errorf("the program contains %s, and this commit does not", m))
		case counts[m] < 0:
			faults = append(faults, fmt.Errorf("the program does not contain %s, and this commit does", m))
		}
	}
	return errors.Join(faults...)
}

// writeLicenses writes the list of modules, and each text once with the files that have it.
func writeLicenses(out io.Writer, modules []licensedModule) error {
	var page strings.Builder
	page.WriteString("Lastpost's licence is in the file LICENSE. The program contains these modules with their own licences:\n\n")
	var texts []string // in the order of the modules
	owners := map[string][]string{}
	for _, m := range modules {
		page.WriteString(m.title() + "\n")
		for _, name := range slices.Sorted(maps.Keys(m.files)) {
			text := strings.TrimSpace(m.files[name])
			if owners[text] == nil {
				texts = append(texts, text)
			}
			owners[text] = append(owners[text], m.title()+": "+name)
		}
	}
	rule := strings.Repeat("-", 80) + "\n"
	for _, text := range texts {
		page.WriteString("\n" + rule + strings.Join(owners[text], "\n") + "\n" + rule + "\n" + text + "\n")
	}
	_, err := io.WriteString(out, page.String())
	return err
}

func (m licensedModule) title() string {
	if m.path == standardLibrary {
		return "Go's standard library " + m.version
	}
	return m.String()
}
