package skillpkg

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// The sizes of the two icons that Amazon takes, in pixels.
const (
	smallIcon = 108
	largeIcon = 512
)

// iconName is the file of an icon, from the folder of the package: that is what "file://" in the manifest begins at.
func iconName(size int) string {
	return fmt.Sprintf("assets/images/icon-%d.png", size)
}

// icons are the files of both.
func icons(name string) (files []File, err error) {
	for _, size := range []int{smallIcon, largeIcon} {
		content, err := drawIcon(name, size)
		if err != nil {
			return nil, err
		}
		files = append(files, File{packageDir + "/" + iconName(size), content})
	}
	return files, nil
}

// The icon is drawn on a square of unit by unit. What matters is well within the circle that Amazon cuts out. Whole numbers
// alone, as fractions are rounded differently by different processors, and the same name is to give the same picture.
const (
	unit    = 1024
	samples = 4 // along each side of a pixel, for smooth edges
)

// A shape tells whether a point is in it.
type shape func(x, y int) bool

func disc(cx, cy, r int) shape {
	return func(x, y int) bool { return (x-cx)*(x-cx)+(y-cy)*(y-cy) <= r*r }
}

// bar is a rectangle with round corners.
func bar(left, top, right, bottom, r int) shape {
	return func(x, y int) bool {
		if x < left || x > right || y < top || y > bottom {
			return false
		}
		dx, dy := max(left+r-x, x-right+r, 0), max(top+r-y, y-bottom+r, 0)
		return dx*dx+dy*dy <= r*r
	}
}

// triangle has its corners clockwise.
func triangle(ax, ay, bx, by, cx, cy int) shape {
	right := func(px, py, qx, qy, x, y int) bool { return (qx-px)*(y-py)-(qy-py)*(x-px) >= 0 }
	return func(x, y int) bool {
		return right(ax, ay, bx, by, x, y) && right(bx, by, cx, cy, x, y) && right(cx, cy, ax, ay, x, y)
	}
}

// A layer is a shape in its colour, over those before it.
type layer struct {
	in    shape
	paint color.NRGBA
}

// layersOf is a speech bubble in which a post can be read: a title, and three lines. The ground has a colour of the skill's
// own, so that two of one owner can be told apart.
func layersOf(name string) []layer {
	ground := ownColour(name)
	white, grey := color.NRGBA{255, 255, 255, 255}, color.NRGBA{159, 179, 200, 255}
	return []layer{
		{disc(512, 512, 511), ground},
		{bar(222, 252, 802, 672, 84), white},
		{triangle(330, 640, 500, 640, 330, 812), white},
		{bar(302, 344, 622, 400, 28), ground},
		{bar(302, 448, 722, 484, 18), grey},
		{bar(302, 516, 722, 552, 18), grey},
		{bar(302, 584, 562, 620, 18), grey},
	}
}

// ownColour is one of a dozen that white is readable on.
func ownColour(name string) color.NRGBA {
	palette := []color.NRGBA{
		{16, 78, 139, 255}, {11, 94, 84, 255}, {122, 31, 61, 255}, {84, 48, 128, 255}, {139, 62, 16, 255}, {46, 92, 38, 255},
		{30, 52, 110, 255}, {110, 30, 94, 255}, {20, 90, 110, 255}, {96, 72, 20, 255}, {128, 36, 36, 255}, {48, 62, 78, 255},
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name)) // it never fails
	return palette[hash.Sum32()%uint32(len(palette))]
}

// drawIcon is the picture in a size, as PNG.
func drawIcon(name string, size int) ([]byte, error) {
	layers := layersOf(name)
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			picture.SetNRGBA(x, y, pixel(layers, x, y, size))
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, picture)
	return out.Bytes(), err
}

// pixel is the mean of what is seen at several points of it. What no layer covers is transparent. Where its corners agree,
// so does the rest: no shape is as small as a pixel.
func pixel(layers []layer, x, y, size int) color.NRGBA {
	at := func(i, j int) color.NRGBA {
		return colourAt(layers, ((x*samples+i)*2+1)*unit/(2*size*samples), ((y*samples+j)*2+1)*unit/(2*size*samples))
	}
	const far = samples - 1
	if corner := at(0, 0); corner == at(far, 0) && corner == at(0, far) && corner == at(far, far) {
		return corner
	}
	var red, green, blue, seen int
	for i := range samples * samples {
		if c := at(i%samples, i/samples); c.A > 0 {
			red, green, blue, seen = red+int(c.R), green+int(c.G), blue+int(c.B), seen+1
		}
	}
	return color.NRGBA{byte(red / seen), byte(green / seen), byte(blue / seen), byte(seen * 255 / (samples * samples))}
}

// colourAt is that of the uppermost layer; transparent where there is none.
func colourAt(layers []layer, x, y int) color.NRGBA {
	for _, l := range slices.Backward(layers) {
		if l.in(x, y) {
			return l.paint
		}
	}
	return color.NRGBA{}
}
