/** One line of a chart: a named value that changes over time. */
export interface Series {
  readonly name: string;
  /** A colour from the theme's palette. */
  readonly color: string;
  /** Draws a dashed line, so that the series can be told apart without seeing colour. */
  readonly dashed?: boolean;
  /** Percentages from 0 to 100, oldest first. */
  readonly values: readonly number[];
}
