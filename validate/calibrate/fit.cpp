#include "validate/calibrate/fit.h"

#include <ceres/ceres.h>
#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/core/error.h"

namespace anesim::validate {
namespace {

using Column = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// Central differences step this share of a value, but not less than that of its range.
constexpr double step_of_value = 0.01, step_of_range = 0.001;
constexpr double on_the_bound = 1e-6;

/// The unit of the search is the width of a range.
double width(const FitParameter& p) { return p.high - p.low; }

class Fitter {
 public:
  Fitter(const std::vector<FitParameter>& parameters, const std::vector<double>& measured,
         const LogModel& model, const FitOptions& options)
      : parameters_(parameters), measured_(measured), model_(model), options_(options) {
    for (const auto& p : parameters) {
      check(p.low < p.high && p.low <= p.start && p.start <= p.high, "a start inside its range");
      start_.push_back(p.start);
    }
  }

  Fit run() {
    out_.parameters.resize(parameters_.size());
    for (std::size_t j = 0; j < parameters_.size(); ++j)
      out_.parameters[j].value = out_.parameters[j].tried = start_[j];
    out_.correlation.assign(parameters_.size(), std::vector<double>(parameters_.size(), 0));
    out_.touched.assign(parameters_.size(), std::vector<bool>(measured_.size(), false));
    if (!look_at_the_start()) return interrupted();
    find_what_can_be_told();
    // What the data do not tell goes back to where it was, and the rest is fitted again.
    for (bool again = true; again && !free_.empty();) {
      if (!solve() || !judge_errors()) return interrupted();
      again = hold_what_failed();
    }
    return std::move(out_);
  }

 private:
  Fit interrupted() {
    out_.interrupted = true;
    return std::move(out_);
  }

  std::pair<double, double> around(std::size_t j, double v) const {
    const FitParameter& p = parameters_[j];
    const double h = std::max(step_of_value * std::abs(v), step_of_range * width(p));
    return {std::max(p.low, v - h), std::min(p.high, v + h)};
  }

  /// The point itself, then below and above it for each of `which`.
  Points star(const std::vector<double>& at, const std::vector<std::size_t>& which) const {
    Points points{at};
    for (const std::size_t j : which) {
      const auto [below, above] = around(j, at[j]);
      points.push_back(at);
      points.back()[j] = below;
      points.push_back(at);
      points.back()[j] = above;
    }
    return points;
  }

  /// d ln(prediction) / d(share of the range), of the cases that count; 0 where a side fails.
  Matrix jacobian(const Points& logs, const std::vector<double>& at,
                  const std::vector<std::size_t>& which) const {
    Matrix m = Matrix::Zero(static_cast<Eigen::Index>(cases_.size()),
                            static_cast<Eigen::Index>(which.size()));
    for (std::size_t k = 0; k < which.size(); ++k) {
      const auto [below, above] = around(which[k], at[which[k]]);
      const double dz = (above - below) / width(parameters_[which[k]]);
      for (std::size_t i = 0; i < cases_.size(); ++i) {
        const double slope = (logs[2 + 2 * k][cases_[i]] - logs[1 + 2 * k][cases_[i]]) / dz;
        if (std::isfinite(slope))
          m(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = slope;
      }
    }
    return m;
  }

  double residual(const std::vector<double>& logs, std::size_t i) const {
    return logs[cases_[i]] - measured_[cases_[i]];
  }
  /// sqrt of the weight that the loss leaves to a case.
  double root_weight(double r) const {
    return std::abs(r) <= options_.huber ? 1 : std::sqrt(options_.huber / std::abs(r));
  }
  double cost(const std::vector<double>& logs) const {
    double sum = 0;
    for (std::size_t i = 0; i < cases_.size(); ++i)
      sum += huber_loss(residual(logs, i), options_.huber);
    return sum;
  }

  bool look_at_the_start() {
    std::vector<std::size_t> all(parameters_.size());
    for (std::size_t j = 0; j < all.size(); ++j) all[j] = j;
    Points points = star(start_, all);
    for (const std::size_t j : all)  // and the ends of the ranges
      for (const double end : {parameters_[j].low, parameters_[j].high}) {
        points.push_back(start_);
        points.back()[j] = end;
      }
    auto logs = model_(points);
    if (!logs) return false;
    logs_ = std::move(*logs);
    for (std::size_t i = 0; i < measured_.size(); ++i)
      if (std::isfinite(logs_[0][i]) && std::isfinite(measured_[i])) cases_.push_back(i);
    out_.cases = cases_.size();
    out_.cost_before = out_.cost_after = cost(logs_[0]);
    jacobian_ = jacobian(logs_, start_, all);
    return true;
  }

  bool moves_at_an_end(std::size_t j) const {
    const std::size_t first = 1 + 2 * parameters_.size() + 2 * j;
    for (const std::size_t i : cases_)
      for (const std::size_t end : {first, first + 1})
        if (std::abs(logs_[end][i] - logs_[0][i]) > options_.least_effect) return true;
    return false;
  }

  /// Takes parameters in order as long as each adds a direction of its own to the Jacobian.
  void find_what_can_be_told() {
    Column weights(static_cast<Eigen::Index>(cases_.size()));
    for (std::size_t i = 0; i < cases_.size(); ++i)
      weights[static_cast<Eigen::Index>(i)] = root_weight(residual(logs_[0], i));
    std::vector<Column> directions;
    for (std::size_t j = 0; j < parameters_.size(); ++j) {
      const Column slope = jacobian_.col(static_cast<Eigen::Index>(j));
      FittedParameter& p = out_.parameters[j];
      if (parameters_[j].held) {
        p.verdict = Verdict::not_better;
        continue;
      }
      if (cases_.empty() || slope.cwiseAbs().maxCoeff() < options_.least_effect) {
        const bool moves = moves_at_an_end(j);
        p.verdict = moves ? Verdict::flat : Verdict::no_effect;
        p.why =
            moves ? "predictions change only further away in its range" : "no case depends on it";
        continue;
      }
      Column own = weights.cwiseProduct(slope);
      const double whole = own.norm();
      for (const Column& d : directions) own -= d.dot(own) * d;
      if (own.norm() < options_.least_own_part * whole) {
        p.verdict = Verdict::not_separable;
        p.why = fmt::format("{} of its effect is that of {}",
                            own.norm() < 1e-3 * whole ? "all" : "nearly all", names_of_free());
        continue;
      }
      directions.push_back(own / own.norm());
      free_.push_back(j);
    }
    for (std::size_t i = 0; i < cases_.size(); ++i)
      for (std::size_t j = 0; j < parameters_.size(); ++j)
        if (std::abs(jacobian_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j))) >
            options_.least_effect)
          out_.touched[j][cases_[i]] = true;
  }

  std::string names_of_free() const {
    std::string names;
    for (const std::size_t j : free_) names += (names.empty() ? "" : " and ") + parameters_[j].name;
    return names;
  }

  std::vector<double> point_of(const std::vector<double>& shares) const {
    std::vector<double> at = start_;
    for (std::size_t k = 0; k < free_.size(); ++k) {
      const FitParameter& p = parameters_[free_[k]];
      at[free_[k]] = std::clamp(p.low + shares[k] * width(p), p.low, p.high);
    }
    return at;
  }

  /// Predictions of all cases come in one go before Ceres asks for single residuals.
  class Batch : public ceres::EvaluationCallback {
   public:
    Batch(const Fitter& fitter, const std::vector<double>& shares)
        : fitter_(fitter), shares_(shares) {}
    void PrepareForEvaluation(bool jacobians, bool new_point) override {
      if (interrupted || (!new_point && (!jacobians || slopes.size() > 0))) return;
      const auto at = fitter_.point_of(shares_);
      const auto answer = fitter_.model_(jacobians ? fitter_.star(at, fitter_.free_) : Points{at});
      interrupted = !answer;
      if (interrupted) return;
      logs = answer->front();
      slopes = jacobians ? fitter_.jacobian(*answer, at, fitter_.free_) : Matrix();
    }
    std::vector<double> logs;
    Matrix slopes;
    bool interrupted = false;

   private:
    const Fitter& fitter_;
    const std::vector<double>& shares_;
  };

  class OneCase : public ceres::CostFunction {
   public:
    OneCase(const Fitter& fitter, const Batch& batch, std::size_t i)
        : fitter_(fitter), batch_(batch), i_(i) {
      set_num_residuals(1);
      mutable_parameter_block_sizes()->push_back(static_cast<int>(fitter.free_.size()));
    }
    bool Evaluate(double const* const*, double* residuals, double** jacobians) const override {
      if (batch_.interrupted) {  // nothing left to improve: the solver ends, without complaint
        residuals[0] = 0;
        if (jacobians && jacobians[0])
          std::fill_n(jacobians[0], parameter_block_sizes().front(), 0.0);
        return true;
      }
      residuals[0] = fitter_.residual(batch_.logs, i_);
      if (jacobians && jacobians[0])
        for (Eigen::Index k = 0; k < batch_.slopes.cols(); ++k)
          jacobians[0][k] = batch_.slopes(static_cast<Eigen::Index>(i_), k);
      return std::isfinite(residuals[0]);
    }

   private:
    const Fitter& fitter_;
    const Batch& batch_;
    std::size_t i_;
  };

  bool solve() {
    std::vector<double> shares;
    for (const std::size_t j : free_)
      shares.push_back((start_[j] - parameters_[j].low) / width(parameters_[j]));
    Batch batch(*this, shares);
    ceres::Problem::Options problem_options;
    problem_options.evaluation_callback = &batch;
    ceres::Problem problem(problem_options);
    for (std::size_t i = 0; i < cases_.size(); ++i)
      problem.AddResidualBlock(new OneCase(*this, batch, i), new ceres::HuberLoss(options_.huber),
                               shares.data());
    for (int k = 0; k < static_cast<int>(free_.size()); ++k) {
      problem.SetParameterLowerBound(shares.data(), k, 0);
      problem.SetParameterUpperBound(shares.data(), k, 1);
    }
    ceres::Solver::Options o;
    o.linear_solver_type = ceres::DENSE_QR;
    o.max_num_iterations = options_.most_steps;
    o.function_tolerance = 1e-4;
    o.parameter_tolerance = 1e-6;
    o.logging_type = ceres::SILENT;
    o.num_threads = 1;
    ceres::Solver::Summary summary;
    ceres::Solve(o, &problem, &summary);
    if (batch.interrupted) return false;
    const auto at = point_of(shares);
    for (const std::size_t j : free_) out_.parameters[j].value = at[j];
    return true;
  }

  /// Standard errors and correlations from the weighted Jacobian at the solution.
  bool judge_errors() {
    const auto at = out_.values();
    const auto logs = model_(star(at, free_));
    if (!logs) return false;
    out_.cost_after = cost(logs->front());
    const auto n = static_cast<Eigen::Index>(cases_.size());
    const auto p = static_cast<Eigen::Index>(free_.size());
    Matrix j = jacobian(*logs, at, free_);
    double squares = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      const double r = residual(logs->front(), static_cast<std::size_t>(i)), w = root_weight(r);
      j.row(i) *= w;
      squares += w * w * r * r;
    }
    // Only cases that depend on a parameter say how well it is known.
    Eigen::Index informed = 0;
    for (const std::size_t i : cases_)
      informed += std::any_of(free_.begin(), free_.end(),
                              [&](std::size_t k) { return out_.touched[k][i]; });
    const Matrix inverse = (j.transpose() * j).completeOrthogonalDecomposition().pseudoInverse();
    for (Eigen::Index a = 0; a < p; ++a)
      for (Eigen::Index b = 0; b < p; ++b) {
        const double scale = std::sqrt(inverse(a, a) * inverse(b, b));
        out_.correlation[free_[static_cast<std::size_t>(a)]][free_[static_cast<std::size_t>(b)]] =
            scale > 0 ? inverse(a, b) / scale : 0;
      }
    for (Eigen::Index k = 0; k < p; ++k) {
      const std::size_t which = free_[static_cast<std::size_t>(k)];
      FittedParameter& f = out_.parameters[which];
      const FitParameter& asked = parameters_[which];
      const double share = (f.value - asked.low) / width(asked);
      f.tried = f.value;
      f.error.reset();
      f.why.clear();
      if (informed > p)
        f.error =
            std::sqrt(squares / static_cast<double>(informed - p) * inverse(k, k)) * width(asked);
      else
        f.why = "as many parameters as cases: no error can be given";
      if (share < on_the_bound || share > 1 - on_the_bound) {
        f.verdict = Verdict::at_bound;
        f.why = fmt::format("the data pull it to the {} end of its range",
                            share < 0.5 ? "lower" : "upper");
      } else if (f.error && *f.error > width(asked) / 2) {
        f.verdict = Verdict::uncertain;
        f.why = "its error is wider than half its range";
      }
    }
    return true;
  }

  bool hold_what_failed() {
    return std::erase_if(free_, [&](std::size_t j) {
             FittedParameter& p = out_.parameters[j];
             if (p.verdict == Verdict::fitted) return false;
             p.value = start_[j];
             out_.cost_after = out_.cost_before;
             for (std::size_t k = 0; k < parameters_.size(); ++k)
               out_.correlation[j][k] = out_.correlation[k][j] = 0;
             return true;
           }) > 0;
  }

  const std::vector<FitParameter>& parameters_;
  const std::vector<double>& measured_;
  const LogModel& model_;
  const FitOptions& options_;
  std::vector<double> start_;
  Points logs_;                     ///< at the start, its star and the ends
  std::vector<std::size_t> cases_;  ///< that have a prediction
  Matrix jacobian_;
  std::vector<std::size_t> free_;
  Fit out_;
};

}  // namespace

const char* name(Verdict v) {
  switch (v) {
    case Verdict::fitted:
      return "fitted";
    case Verdict::at_bound:
      return "at bound";
    case Verdict::no_effect:
      return "no effect";
    case Verdict::flat:
      return "no slope";
    case Verdict::not_separable:
      return "not separable";
    case Verdict::uncertain:
      return "uncertain";
    case Verdict::not_better:
      return "not better";
  }
  return "";
}

double huber_loss(double log_error, double huber) {
  const double r = std::abs(log_error);
  return r <= huber ? r * r / 2 : huber * (r - huber / 2);
}

std::vector<double> Fit::values() const {
  std::vector<double> v;
  for (const FittedParameter& p : parameters) v.push_back(p.value);
  return v;
}

Fit fit(const std::vector<FitParameter>& parameters, const std::vector<double>& measured,
        const LogModel& model, const FitOptions& options) {
  return Fitter(parameters, measured, model, options).run();
}

}  // namespace anesim::validate
