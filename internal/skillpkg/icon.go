package skillpkg

import (
	"bytes"
	"embed"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"path"
)

// The sizes of the two icons that Amazon takes, in pixels.
const (
	smallIcon = 108
	largeIcon = 512
)

// drawings has a speech bubble in each size, with the lines of a post in it. Black stands for the skill's own colour. The
// bubble lies well within the circle that Amazon cuts out.
//
//go:embed icon-108.png icon-512.png
var drawings embed.FS

// iconPath is the file of an icon, from the folder of the package: that is what "file://" in the manifest begins at.
func iconPath(size int) string {
	return fmt.Sprintf("assets/images/icon-%d.png", size)
}

// drawIcons are the files of both.
func drawIcons(name string) (files []File, err error) {
	for _, size := range []int{smallIcon, largeIcon} {
		content, err := drawIcon(name, size)
		if err != nil {
			return nil, err
		}
		files = append(files, File{packageDir + "/" + iconPath(size), content})
	}
	return files, nil
}

// backgroundColour is one of a dozen that white is readable on, so that two skills of one owner can be told apart.
func backgroundColour(name string) color.NRGBA {
	palette := []color.NRGBA{
		{16, 78, 139, 255}, {11, 94, 84, 255}, {122, 31, 61, 255}, {84, 48, 128, 255}, {139, 62, 16, 255}, {46, 92, 38, 255},
		{30, 52, 110, 255}, {110, 30, 94, 255}, {20, 90, 110, 255}, {96, 72, 20, 255}, {128, 36, 36, 255}, {48, 62, 78, 255},
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // it never fails
	return palette[hash.Sum32()%uint32(len(palette))]
}

// drawIcon gives the drawing in the skill's own colour, as PNG. The same name gives the same picture.
func drawIcon(name string, size int) ([]byte, error) {
	drawing, err := drawings.ReadFile(path.Base(iconPath(size)))
	if err != nil {
		return nil, err
	}
	decoded, err := png.Decode(bytes.NewReader(drawing))
	if err != nil {
		return nil, err
	}
	ground := backgroundColour(name)
	picture := image.NewNRGBA(decoded.Bounds())
	for y := range size {
		for x := range size {
			c := color.NRGBAModel.Convert(decoded.At(x, y)).(color.NRGBA)
			picture.SetNRGBA(x, y, color.NRGBA{blendGrey(ground.R, c.R), blendGrey(ground.G, c.G), blendGrey(ground.B, c.B), c.A})
		}
	}
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}

// blendGrey gives the ground's part of a colour for black, 255 for white, and a value between them for grey.
func blendGrey(ground, grey uint8) uint8 { return ground + uint8((255-int(ground))*int(grey)/255) }
