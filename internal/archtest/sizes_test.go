package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// A limitSet has the largest sizes of non-test code.
type limitSet struct {
	command, lines, files           int // of cmd/skill in lines; of any other package
	file, column, function, methods int // lines, columns with tabs of 4, lines, methods
}

var sizeLimits = limitSet{command: 2000, lines: 2500, files: 20, file: 349, column: 140, function: 60, methods: 8}

func TestSizes(t *testing.T) {
	requireNoFaults(t, sizeFaults(sizeLimits, readSources(t)))
}

// sizeFaults lists packages, files, lines, functions and interfaces above their limits.
func sizeFaults(most limitSet, files []sourceFile) (faults []string) {
	type size struct{ lines, files int }
	packages, order := map[string]size{}, []string{}
	interfaces := declaredInterfaces(files)
	for _, file := range files {
		if file.test {
			continue
		}
		lines := strings.Count(file.content, "\n")
		if _, met := packages[file.dir]; !met {
			order = append(order, file.dir)
		}
		packages[file.dir] = size{packages[file.dir].lines + lines, packages[file.dir].files + 1}
		if lines > most.file {
			faults = append(faults, fmt.Sprintf("%s has %d lines, at most %d", file.name, lines, most.file))
		}
		faults = append(faults, wideLines(most.column, file)...)
		faults = append(faults, longFunctions(most.function, file)...)
		faults = append(faults, broadInterfaces(most.methods, file, interfaces)...)
	}
	for _, dir := range order {
		lines := most.lines
		if dir == "cmd/skill" {
			lines = most.command
		}
		if packages[dir].lines > lines {
			faults = append(faults, fmt.Sprintf("%s has %d lines, at most %d", dir, packages[dir].lines, lines))
		}
		if packages[dir].files > most.files {
			faults = append(faults, fmt.Sprintf("%s has %d files, at most %d", dir, packages[dir].files, most.files))
		}
	}
	return faults
}

// wideLines lists the lines of a file with too many columns.
func wideLines(most int, file sourceFile) (faults []string) {
	number := 0
	for line := range strings.Lines(file.content) {
		number++
		columns := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) + 3*strings.Count(line, "\t")
		if columns > most {
			faults = append(faults, fmt.Sprintf("%s:%d has %d columns, at most %d", file.name, number, columns, most))
		}
	}
	return faults
}

// longFunctions lists the functions of a file with too many lines.
func longFunctions(most int, file sourceFile) (faults []string) {
	for _, d := range file.parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		start := file.files.Position(f.Pos())
		if lines := file.files.Position(f.End()).Line - start.Line + 1; lines > most {
			faults = append(faults, fmt.Sprintf("%s:%d %s has %d lines, at most %d", file.name, start.Line, f.Name.Name, lines, most))
		}
	}
	return faults
}

// broadInterfaces lists the interfaces of a file with too many methods.
func broadInterfaces(most int, file sourceFile, interfaces map[string]interfaceDeclaration) (faults []string) {
	ast.Inspect(file.parsed, func(n ast.Node) bool {
		if i, ok := n.(*ast.InterfaceType); ok {
			if count := countMethods(i, file, interfaces); count > most {
				faults = append(faults, fmt.Sprintf("%s:%d an interface has %d methods, at most %d", file.name, file.files.Position(i.Pos()).Line, count, most))
			}
		}
		return true
	})
	return faults
}

// countMethods counts the methods of an interface, including embedded interfaces of this module. An embedded interface of
// another module counts as one method.
func countMethods(i *ast.InterfaceType, file sourceFile, interfaces map[string]interfaceDeclaration) (count int) {
	for _, field := range i.Methods.List {
		if inner, ok := interfaces[embeddedName(field.Type, file)]; ok {
			count += countMethods(inner.of, inner.file, interfaces)
			continue
		}
		count += max(1, len(field.Names))
	}
	return count
}

// embeddedName returns the folder and name of an embedded interface, "" for a method.
func embeddedName(e ast.Expr, file sourceFile) string {
	switch e := e.(type) {
	case *ast.Ident:
		return file.dir + "." + e.Name
	case *ast.SelectorExpr:
		for _, imported := range file.imports() {
			if x, ok := e.X.(*ast.Ident); ok && path.Base(imported) == x.Name {
				return strings.TrimPrefix(imported, module+"/") + "." + e.Sel.Name
			}
		}
	}
	return ""
}

// An interfaceDeclaration is an interface and the file that declares it.
type interfaceDeclaration struct {
	of   *ast.InterfaceType
	file sourceFile
}

// declaredInterfaces returns the interfaces of the module's packages, by folder and name.
func declaredInterfaces(files []sourceFile) map[string]interfaceDeclaration {
	found := map[string]interfaceDeclaration{}
	for _, file := range files {
		ast.Inspect(file.parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && !file.test {
				if i, ok := spec.Type.(*ast.InterfaceType); ok {
					found[file.dir+"."+spec.Name.Name] = interfaceDeclaration{i, file}
				}
			}
			return true
		})
	}
	return found
}

// TestSizeRulesBite has code above each limit and code at the limit.
func TestSizeRulesBite(t *testing.T) {
	small := limitSet{command: 8, lines: 10, files: 2, file: 9, column: 20, function: 3, methods: 2}
	for _, c := range []struct {
		claim string
		files map[string]string
		want  []string
	}{
		{"what is just small enough", map[string]string{"a/a.go": "package a\n//345678901234567890\n//\t789012345678\nfunc f() {\n\n}\ntype i interface {\na(); b()\n}\n"}, nil},
		{"a package of too many lines", map[string]string{"a/a.go": "package a\n\n\n\n\n", "a/b.go": "package a\n\n\n\n\n\n"}, []string{"a has 11 lines, at most 10"}},
		{"the command of too many lines", map[string]string{"cmd/skill/a.go": "package main\n\n\n\n\n\n\n\n\n"}, []string{"cmd/skill has 9 lines, at most 8"}},
		{"tests of any size", map[string]string{"a/a_test.go": "package a\n\n\n\n\n\n\n\n\n\n\n\n// a line that is rather long\nfunc f() {\n\n\n\n\n}\n"}, nil},
		{"too many files", map[string]string{"a/a.go": "package a", "a/b.go": "package a", "a/c.go": "package a"}, []string{"a has 3 files, at most 2"}},
		{"a file of too many lines", map[string]string{"a/a.go": "package a\n\n\n\n\n\n\n\n\n\n"}, []string{"a/a.go has 10 lines, at most 9"}},
		{"a line of too many columns", map[string]string{"a/a.go": "package a\n//3456789012345678901\n"}, []string{"a/a.go:2 has 21 columns, at most 20"}},
		{"a tab of four columns", map[string]string{"a/a.go": "package a\n\t\t\t\t\t//345\n"}, []string{"a/a.go:2 has 25 columns, at most 20"}},
		{"letters and not bytes", map[string]string{"a/a.go": "package a\n//ääääääääääääääääää\n"}, nil},
		{"a function of too many lines", map[string]string{"a/a.go": "package a\nfunc f() {\n\n\n}\n"}, []string{"a/a.go:2 f has 4 lines, at most 3"}},
		{"an interface of too many methods", map[string]string{"a/a.go": "package a\ntype i interface {\na()\nb()\nc()\n}\n"}, []string{"a/a.go:2 an interface has 3 methods, at most 2"}},
		{"an interface without a name", map[string]string{"a/a.go": "package a\nvar x interface {\na()\nb()\nc()\n}\n"}, []string{"a/a.go:2 an interface has 3 methods, at most 2"}},
		{"methods of an embedded interface", map[string]string{"a/a.go": "package a\ntype i interface {\nj\nc()\n}\ntype j interface {\na()\nb()\n}\n"},
			[]string{"a/a.go:2 an interface has 3 methods, at most 2"}},
		{"methods of an interface embedded from another package", map[string]string{
			"a/a.go": "package a\nimport \"lastpost/b\"\ntype i interface {\nb.J\nc()\n}\n", "b/b.go": "package b\ntype J interface {\na()\nb()\n}\n",
		}, []string{"a/a.go:3 an interface has 3 methods, at most 2"}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			var files []sourceFile
			for _, name := range []string{"a/a.go", "a/b.go", "a/c.go", "a/a_test.go", "b/b.go", "cmd/skill/a.go"} {
				if content, ok := c.files[name]; ok {
					files = append(files, parseSource(t, name, content))
				}
			}
			require.Equal(t, c.want, sizeFaults(small, files))
		})
	}
}
