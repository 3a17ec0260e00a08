// Makes a line of the parameter tables from the member it fills.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/spec/parameters.h"

namespace anesim::spec {

inline const std::vector<std::string> no_yes{"false", "true"};

template <class T>
double read_value(const T& v) {
  if constexpr (requires { v.value; })
    return static_cast<double>(v.value);
  else
    return static_cast<double>(v);
}

template <class T>
void write_value(T& target, double v) {
  if constexpr (requires { target.value; })
    target = T(static_cast<typename T::rep>(v));
  else
    target = static_cast<T>(v);
}

/// `member` maps a spec to the member to fill; bounds are in base units and inclusive.
template <class Spec, class Member>
Parameter<Spec> parameter(std::string path, config::Dimension d, double low, double high,
                          Member member, std::string description,
                          std::vector<std::string> choices = {}) {
  Parameter<Spec> p;
  p.path = std::move(path);
  p.dimension = d;
  p.low = low;
  p.high = high;
  p.description = std::move(description);
  p.choices = std::move(choices);
  p.set = [member](Spec& s, double v) { write_value(member(s), v); };
  p.get = [member](const Spec& s) { return read_value(member(const_cast<Spec&>(s))); };
  return p;
}

}  // namespace anesim::spec
