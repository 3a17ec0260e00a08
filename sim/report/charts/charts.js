// The marks and scales that the reports draw with; everything else is left out of the bundle.
export {
  plot, dot, link, rectY, ruleX, ruleY, areaY, line, lineY, barX, tip, pointer, text, axisX, axisY, gridX, gridY,
  binX, legend, crosshair
} from '@observablehq/plot';
